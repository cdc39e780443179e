# The days from `first` to `last`: label, weekday (0 = Monday), and 1 if all days of its month are among them.

BEGIN {
    year = substr(first, 1, 4) + 0
    month = substr(first, 5, 2) + 0
    dayno = substr(first, 7, 2) + 0
    for (label = first; label <= last "" && n < 4000; label = sprintf("%04d%02d%02d", year, month, dayno)) {
        labels[++n] = label
        weekdays[n] = weekday(year, month, dayno)
        seen[substr(label, 1, 6)]++
        length_of[substr(label, 1, 6)] = days_in(year, month)
        if (++dayno > days_in(year, month)) { dayno = 1; month++ }
        if (month > 12) { month = 1; year++ }
    }
    for (i = 1; i <= n; i++) {
        m = substr(labels[i], 1, 6)
        print labels[i], weekdays[i], (seen[m] == length_of[m])
    }
}

function days_in(y, m) {
    if (m == 2) return (y % 4 == 0 && (y % 100 != 0 || y % 400 == 0)) ? 29 : 28
    return (m == 4 || m == 6 || m == 9 || m == 11) ? 30 : 31
}

# Zeller's congruence, turned so that Monday is 0.
function weekday(y, m, d) {
    if (m < 3) { m += 12; y-- }
    return (d + int(13 * (m + 1) / 5) + y + int(y / 4) - int(y / 100) + int(y / 400) + 5) % 7
}
