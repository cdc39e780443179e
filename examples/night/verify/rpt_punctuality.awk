# A carrier's place is 1 + the number of carriers that were better on the day.
BEGIN { columns("day,place,carrier,name,scheduled,on_time_pct,cancelled_pct,avg_delay_min") }

{ tally($1 SUBSEP $2); carriers[$2] = 1 }

END {
    for (i = 1; i <= days; i++) for (c in carriers) if ((day[i], c) in scheduled) {
        key = day[i] SUBSEP c
        place = 1
        for (other in carriers) if ((day[i], other) in scheduled && better(day[i] SUBSEP other, other, key, c)) place++
        print day[i], place, c, name_before("airline", substr(day[i], 1, 6), c), scheduled[key],
            percent(on_time[key], scheduled[key]), percent(cancelled[key], scheduled[key]), ratio(delay[key], arrived[key])
    }
}

function better(key1, carrier1, key2, carrier2,    a, b) {
    a = x100(100 * on_time[key1], scheduled[key1])
    b = x100(100 * on_time[key2], scheduled[key2])
    return a > b || a == b && carrier1 "" < carrier2 ""
}
