BEGIN { columns("day,origin,observations,gaps,temp_min_f,temp_max_f,precip_in,gust_max_kn,visib_min_mi") }

{
    key = $1 SUBSEP $3
    if (!n[key]++) { low[key] = high[key] = $5; sight[key] = $7; gust[key] = "" }
    if ($5 + 0 < low[key] + 0) low[key] = $5
    if ($5 + 0 > high[key] + 0) high[key] = $5
    if ($7 + 0 < sight[key] + 0) sight[key] = $7
    if ($8 != "" && (gust[key] == "" || $8 + 0 > gust[key] + 0)) gust[key] = $8
    rain[key] += $6
}

END {
    split("EWR JFK LGA", airport, " ")
    for (i = 1; i <= days; i++) for (a = 1; a <= 3; a++) {
        key = day[i] SUBSEP airport[a]
        if (n[key]) print day[i], airport[a], n[key], 24 - n[key], text(low[key]), text(high[key]), text(rain[key]),
            gust[key], text(sight[key])
        else print day[i], airport[a], 0, 24, "", "", "", "", ""
    }
}
