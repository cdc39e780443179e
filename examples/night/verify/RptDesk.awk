# A line for each working day: not Saturday, Sunday or a holiday (the first file lists them as YYYY-MM-DD).
BEGIN { columns("day,days,scheduled,cancelled,cancelled_pct,year_days,year_scheduled,year_cancelled") }

FILENAME ~ /us_2013.txt$/ {
    if ($0 ~ /^[0-9]/) { gsub(/-/, ""); holiday[substr($0, 1, 8)] = 1 }
    next
}
{ tally($1) }

END {
    for (i = 1; i <= days; i++) {
        d = day[i]
        if (substr(d, 1, 4) != year) { year = substr(d, 1, 4); n = flights = lost = seen_n = seen_flights = seen_lost = 0 }
        n++
        flights += scheduled[d]
        lost += cancelled[d]
        if (weekday[d] >= 5 || d in holiday) continue
        print d, n - seen_n, flights - seen_flights, lost - seen_lost,
            percent(lost - seen_lost, flights - seen_flights), n, flights + 0, lost + 0
        seen_n = n
        seen_flights = flights
        seen_lost = lost
    }
}
