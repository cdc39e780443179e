BEGIN {
    columns("day,verdict,dark_hours,missing_observations,impossible_wind,flights_without_weather," \
        "unknown_tails,unknown_tail_pct,flights_without_tail,flights_to_unknown_airports,diverted")
}

FILENAME == "weather" { observations[$1]++; at_hour[$2]++; impossible[$1] += $9; next }

{
    flights[$1]++
    if ($6 == "diverted") diverted[$1]++
    if (!$13) nowhere[$1]++
    if ($14 == "no observation") blind[$1]++
    if ($10 == "") tailless[$1]++
    if ($11 == "Unknown") {
        of_unknown[$1]++
        if (!seen[$1, $10]++) unknown[$1]++
    }
}

END {
    for (i = 1; i <= days; i++) {
        d = day[i]
        dark = 0
        for (h = 0; h < 24; h++) if (!(sprintf("%s%02d", d, h) in at_hour)) dark++
        missing = 72 - observations[d]
        if (!flights[d]) verdict = "no flights"
        else if (dark) verdict = "dark hours"
        else if (missing) verdict = "weather incomplete"
        else if (impossible[d]) verdict = "broken instrument"
        else verdict = "usual"
        print d, verdict, dark, missing, impossible[d] + 0, blind[d] + 0, unknown[d] + 0,
            percent(of_unknown[d] + 0, flights[d] + 0), tailless[d] + 0, nowhere[d] + 0, diverted[d] + 0
    }
}
