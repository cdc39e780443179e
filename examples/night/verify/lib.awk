# What the reports have in common. The columns of `flights` are made by flights.awk:
# 1 day, 2 carrier, 3 flight, 4 origin, 5 dest, 6 flown|diverted|cancelled, 7 late, 8 minute of departure,
# 9 minutes of delay, 10 tail number, 11 maker, 12 new, 13 destination known, 14 weather.

FILENAME == "days" { day[++days] = $1; weekday[$1] = $2; closed[substr($1, 1, 6)] = $3; next }
FILENAME == "names" { name[$1, $2, $3] = $4; months[$1, $2] = 1; next }

# Names the columns of the report, separated by commas.
function columns(list) { print list >"columns" }

# Counts the flight of the current line under a key.
function tally(key) {
    scheduled[key]++
    cancelled[key] += $6 == "cancelled"
    arrived[key] += $6 == "flown"
    on_time[key] += $6 == "flown" && !$7
    delay[key] += $9
}

# 100 a / b in whole numbers, rounded half up; nothing is divided by zero.
function x100(a, b) { return int((100 * a + int(b / 2)) / b) }

# Hundredths as a decimal text.
function text(n) { return sprintf("%s%d.%02d", n < 0 ? "-" : "", int(abs(n) / 100), abs(n) % 100) }
function abs(n) { return n < 0 ? -n : n }

# a / b as a text; empty where there is nothing to divide by.
function ratio(a, b) { return b ? text(x100(a, b)) : "" }
function percent(a, b) { return ratio(100 * a, b) }

# The name of an airline or airport as the newest delivery before the month had it.
function name_before(kind, month, code,    key, part, newest) {
    for (key in months) {
        split(key, part, SUBSEP)
        if (part[1] == kind && part[2] "" < month "" && part[2] "" > newest "") newest = part[2]
    }
    return name[kind, newest, code]
}
