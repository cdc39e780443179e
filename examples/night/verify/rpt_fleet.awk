BEGIN { columns("day,maker,tails,new_tails,legs,cancelled,share_pct") }

{
    legs[$1, $11]++
    total[$1]++
    if ($6 == "cancelled") cancelled[$1, $11]++
    if ($10 != "" && !seen[$1, $10]++) { tails[$1, $11]++; new[$1, $11] += $12 }
}

END {
    for (key in legs) {
        split(key, part, SUBSEP)
        print part[1], part[2], tails[key] + 0, new[key] + 0, legs[key], cancelled[key] + 0,
            percent(legs[key], total[part[1]])
    }
}
