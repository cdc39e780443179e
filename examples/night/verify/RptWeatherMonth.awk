BEGIN { columns("month,weather,days,scheduled,late_pct,cancelled_pct,avg_delay_min") }

{
    month = substr($1, 1, 6)
    tally(month SUBSEP $14)
    if (!seen[$1, $14]++) flew[month, $14]++
}

END {
    for (key in scheduled) {
        split(key, part, SUBSEP)
        if (closed[part[1]]) print part[1], part[2], flew[key], scheduled[key],
            percent(arrived[key] - on_time[key], scheduled[key]), percent(cancelled[key], scheduled[key]),
            ratio(delay[key], arrived[key])
    }
}
