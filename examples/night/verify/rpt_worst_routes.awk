# The ten worst are found one after the other: the worst of those that are left.
BEGIN { columns("day,place,origin,dest,airport,scheduled,on_time_pct,cancelled_pct,avg_delay_min") }

{ tally($1 SUBSEP $4 SUBSEP $5); routes[$4 SUBSEP $5] = 1 }

END {
    for (i = 1; i <= days; i++) {
        for (r in routes) sum_up(r, i)
        for (place = 1; place <= 10; place++) {
            worst = ""
            for (r in routes) if (flights[r] >= 10 && (worst == "" || worse(r, worst))) worst = r
            if (worst == "") break
            split(worst, part, SUBSEP)
            airport = name_before("airport", substr(day[i], 1, 6), part[2])
            if (airport == "") airport = "not in the list of airports"
            print day[i], place, part[1], part[2], airport, flights[worst],
                text(score[worst]), percent(lost[worst], flights[worst]), ratio(minutes[worst], landed[worst])
            flights[worst] = 0
        }
    }
}

function sum_up(r, i,    j, key) {
    flights[r] = punctual[r] = lost[r] = landed[r] = minutes[r] = 0
    for (j = i > 6 ? i - 6 : 1; j <= i; j++) {
        key = day[j] SUBSEP r
        if (!(key in scheduled)) continue
        flights[r] += scheduled[key]
        punctual[r] += on_time[key]
        lost[r] += cancelled[key]
        landed[r] += arrived[key]
        minutes[r] += delay[key]
    }
    if (flights[r]) score[r] = x100(100 * punctual[r], flights[r])
}

# Route names are compared as origin, then destination: both have three letters.
function worse(r, s) { return score[r] < score[s] || score[r] == score[s] && r "" < s "" }
