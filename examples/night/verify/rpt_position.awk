# The last departure of each aircraft on each day; then the days in their order, each moving the aircraft that flew.
BEGIN { columns("day,place,airport,name,tails,oldest") }

$10 != "" && $6 != "cancelled" {
    key = $1 SUBSEP $10
    tails[$10] = 1
    if (!(key in minute) || later()) {
        minute[key] = $8
        carrier[key] = $2
        flight[key] = $3
        to[key] = $6 == "diverted" ? "?" : $5
    }
}

function later() {
    if ($8 + 0 != minute[key] + 0) return $8 + 0 > minute[key] + 0
    if ($2 != carrier[key]) return $2 "" > carrier[key] ""
    return $3 + 0 > flight[key] + 0
}

END {
    for (i = 1; i <= days; i++) {
        split("", count)
        split("", oldest)
        for (t in tails) {
            if ((day[i], t) in to) { at[t] = to[day[i], t]; since[t] = day[i] }
            if (!(t in at)) continue
            count[at[t]]++
            if (!(at[t] in oldest) || since[t] < oldest[at[t]]) oldest[at[t]] = since[t]
        }
        for (place = 1; place <= 10; place++) {
            most = ""
            for (a in count) if (count[a] && (most == "" || more(count[a], a, count[most], most))) most = a
            if (most == "") break
            airport = name_before("airport", substr(day[i], 1, 6), most)
            if (airport == "") airport = "not in the list of airports"
            print day[i], place, most, airport, count[most], oldest[most]
            count[most] = 0
        }
    }
}

function more(tails1, airport1, tails2, airport2) {
    return tails1 > tails2 || tails1 == tails2 && airport1 "" < airport2 ""
}
