# Observations: day, hour, airport, one word for the weather, then in hundredths temperature (F), precipitation (inches)
# and visibility (miles), the gust in knots (empty: none), and 1 if the wind is one that no instrument can have measured.
# In: hour, origin, temp, dewp, humid, wind_dir, wind_speed, wind_gust, precip, pressure, visib.

{
    impossible = ($7 != "NA" && $7 > 200)
    knots = ($7 == "NA" || impossible) ? "" : int($7 / 1.15078 + 0.5)
    gust = $8 == "NA" ? "" : int($8 / 1.15078 + 0.5)
    if ($9 != "NA" && $9 > 0) word = ($3 != "NA" && $3 <= 34) ? "snow or ice" : "rain"
    else if ($11 != "NA" && $11 < 3) word = "low visibility"
    else if (knots >= 20 && knots != "" || gust >= 30 && gust != "") word = "wind"
    else word = "fair"
    print substr($1, 1, 8), $1, $2, word, hundredths($3), hundredths($9), hundredths($11), gust, impossible
}

function hundredths(x) {
    if (x == "NA") return ""
    return x < 0 ? -int(0.5 - 100 * x) : int(100 * x + 0.5)
}
