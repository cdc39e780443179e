BEGIN { columns("month,maker,tails,new_tails,legs,legs_per_tail,cancelled_pct") }

{
    month = substr($1, 1, 6)
    legs[month, $11]++
    if ($6 == "cancelled") cancelled[month, $11]++
    if ($10 != "" && !seen[month, $11, $10]++) tails[month, $11]++
    if ($12 && !counted[month, $11, $10]++) new[month, $11]++
}

END {
    for (key in legs) {
        split(key, part, SUBSEP)
        if (closed[part[1]]) print part[1], part[2], tails[key] + 0, new[key] + 0, legs[key],
            ratio(legs[key], tails[key] + 0), percent(cancelled[key] + 0, legs[key])
    }
}
