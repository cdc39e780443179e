BEGIN { columns("month,place,day,scheduled,cancelled,cancelled_pct") }

{ tally($1) }

END {
    for (m in closed) if (closed[m]) for (place = 1; place <= 5; place++) {
        worst = ""
        for (i = 1; i <= days; i++) {
            d = day[i]
            if (substr(d, 1, 6) != m || !scheduled[d] || taken[d]) continue
            share = x100(100 * cancelled[d], scheduled[d])
            if (worst == "" || share > most) { worst = d; most = share }
        }
        if (worst == "") break
        taken[worst] = 1
        print m, place, worst, scheduled[worst], cancelled[worst] + 0, text(most)
    }
}
