BEGIN { columns("month,place,carrier,name,days,scheduled,on_time_pct,cancelled,cancelled_pct,avg_delay_min") }

{
    month = substr($1, 1, 6)
    tally(month SUBSEP $2)
    if (!seen[$1, $2]++) flew[month, $2]++
    carriers[$2] = 1
}

END {
    for (m in closed) if (closed[m]) for (c in carriers) if ((m, c) in scheduled) {
        key = m SUBSEP c
        place = 1
        for (other in carriers) if ((m, other) in scheduled && better(m SUBSEP other, other, key, c)) place++
        print m, place, c, name["airline", m, c], flew[key], scheduled[key], percent(on_time[key], scheduled[key]),
            cancelled[key] + 0, percent(cancelled[key], scheduled[key]), ratio(delay[key], arrived[key])
    }
}

function better(key1, carrier1, key2, carrier2,    a, b) {
    a = x100(100 * on_time[key1], scheduled[key1])
    b = x100(100 * on_time[key2], scheduled[key2])
    return a > b || a == b && carrier1 "" < carrier2 ""
}
