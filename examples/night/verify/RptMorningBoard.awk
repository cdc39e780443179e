# Reads two finished reports after the facts, as the board on mpp does: who was best and worst, and which route.
BEGIN {
    columns("day,scheduled,on_time_pct,cancelled,cancelled_pct,best_carrier," \
        "worst_carrier,worst_route,weather_gaps,year_scheduled,year_cancelled_pct")
}

FILENAME == "weather" { observations[$1]++; next }
FILENAME ~ /rpt_punctuality.csv$/ {
    if (FNR == 1 || $5 < 20) next
    if (!($1 in best) || $2 + 0 < best_place[$1]) { best[$1] = $3; best_place[$1] = $2 + 0 }
    if (!($1 in worst) || $2 + 0 > worst_place[$1]) { worst[$1] = $3; worst_place[$1] = $2 + 0 }
    next
}
FILENAME ~ /rpt_worst_routes.csv$/ {
    if ($2 == 1) route[$1] = $3 "-" $4
    next
}
{ tally($1) }

END {
    for (i = 1; i <= days; i++) {
        d = day[i]
        if (substr(d, 1, 4) != year) { year = substr(d, 1, 4); flights = lost = 0 }
        flights += scheduled[d]
        lost += cancelled[d]
        print d, scheduled[d] + 0, percent(on_time[d] + 0, scheduled[d] + 0), cancelled[d] + 0,
            percent(cancelled[d] + 0, scheduled[d] + 0), best[d], worst[d], route[d], 72 - observations[d],
            flights + 0, percent(lost, flights)
    }
}
