BEGIN { columns("day,origin,scheduled,cancelled,cancelled_pct,worst_carrier,worst_cancelled") }

{
    flights[$1, $4]++
    carriers[$2] = 1
    if ($6 == "cancelled") { lost[$1, $4]++; lost_by[$1, $4, $2]++ }
}

END {
    for (key in flights) {
        split(key, part, SUBSEP)
        worst = ""
        for (c in carriers) {
            n = lost_by[key, c] + 0
            most = worst == "" ? 0 : lost_by[key, worst]
            if (n > most || n && n == most && c "" < worst "") worst = c
        }
        print part[1], part[2], flights[key], lost[key] + 0, percent(lost[key] + 0, flights[key]), worst,
            (worst == "" ? "" : lost_by[key, worst])
    }
}
