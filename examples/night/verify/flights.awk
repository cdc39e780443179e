# Flights, with what became of them, their aircraft's maker and the weather when they were to leave; see lib.awk for the
# columns. Reads the observations of weather.awk, then planes, airports and flights with their period in front.

FILENAME == "weather" { weather[$2, $3] = $4; next }
FILENAME == "planes.csv" { maker[$1, $2] = maker_of($5); plane_months[$1] = 1; next }
FILENAME == "airports.csv" { airport[$1, $2] = 1; airport_months[$1] = 1; next }

# 1 day, 2 dep_time, 3 sched_dep_time, 4 dep_delay, 5 arr_time, 6 sched_arr_time, 7 arr_delay, 8 carrier, 9 flight,
# 10 tailnum, 11 origin, 12 dest, 13 air_time, 14 distance
{
    if ($1 != today) {
        today = $1
        planes = newest_before(plane_months, substr(today, 1, 6))
        airports = newest_before(airport_months, substr(today, 1, 6))
    }
    status = $2 == "NA" ? "cancelled" : $7 == "NA" ? "diverted" : "flown"
    late = (status == "flown" && $7 >= 15)
    delay = (status == "flown" && $7 > 0) ? $7 : 0
    minute = int($3 / 100) * 60 + $3 % 100 + $4
    tail = $10 == "NA" ? "" : $10
    if (tail == "") built_by = "No tail number"
    else built_by = ((planes, tail) in maker) ? maker[planes, tail] : "Unknown"
    if (tail != "" && !(tail in first_day)) first_day[tail] = today
    new = (tail != "" && first_day[tail] == today)
    hour = sprintf("%s%02d", today, int($3 / 100))
    sky = ((hour, $11) in weather) ? weather[hour, $11] : "no observation"
    print today, $8, $9, $11, $12, status, late, minute, delay, tail, built_by, new, ((airports, $12) in airport), sky
}

function maker_of(manufacturer) {
    if (manufacturer ~ /^AIRBUS/) return "Airbus"
    if (manufacturer == "BOEING") return "Boeing"
    if (manufacturer ~ /^BOMBARDIER/ || manufacturer ~ /^CANADAIR/) return "Bombardier"
    if (manufacturer == "EMBRAER") return "Embraer"
    if (manufacturer ~ /^MCDONNELL DOUGLAS/) return "McDonnell Douglas"
    return "Other"
}

function newest_before(months, month,    m, newest) {
    for (m in months) if (m "" < month "" && m "" > newest "") newest = m
    return newest
}
