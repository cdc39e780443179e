BEGIN { columns("day,weather,scheduled,late_pct,cancelled_pct,avg_delay_min") }

{ tally($1 SUBSEP $14) }

END {
    for (key in scheduled) {
        split(key, part, SUBSEP)
        print part[1], part[2], scheduled[key], percent(arrived[key] - on_time[key], scheduled[key]),
            percent(cancelled[key], scheduled[key]), ratio(delay[key], arrived[key])
    }
}
