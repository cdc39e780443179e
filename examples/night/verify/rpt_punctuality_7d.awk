BEGIN { columns("day,carrier,name,days,scheduled,on_time_pct,today_pct,change") }

{ tally($1 SUBSEP $2); carriers[$2] = 1 }

END {
    for (i = 1; i <= days; i++) for (c in carriers) {
        flew = flights = punctual = 0
        for (j = i > 6 ? i - 6 : 1; j <= i; j++) if ((day[j], c) in scheduled) {
            flew++
            flights += scheduled[day[j], c]
            punctual += on_time[day[j], c]
        }
        if (!flew) continue
        week = x100(100 * punctual, flights)
        today = change = ""
        if ((day[i], c) in scheduled) {
            today = x100(100 * on_time[day[i], c], scheduled[day[i], c])
            change = text(today - week)
            today = text(today)
        }
        print day[i], c, name_before("airline", substr(day[i], 1, 6), c), flew, flights, text(week), today, change
    }
}
