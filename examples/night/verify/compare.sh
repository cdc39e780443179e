#!/bin/sh
# Compares two folders of report files, REPORT.csv each: the exports of mpp and what compute.sh wrote. Rows may stand in
# any order; everything else must be equal to the last byte.
#
#   compare.sh EXPORT_DIR COMPUTED_DIR
#
# Exit 0: every computed report is there and equal. Exit 1: at least one is not, and the first differences are shown.
set -eu
export LC_ALL=C

[ $# -eq 2 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# The header line, then the rows sorted.
canonical() {
    head -n 1 "$1"
    tail -n +2 "$1" | sort
}

reports=0 rows=0 different=0
for computed in "$2"/*.csv; do
    name=${computed##*/}
    reports=$((reports + 1))
    if [ ! -e "$1/$name" ]; then
        different=$((different + 1))
        echo "${name%.csv}: not exported"
        continue
    fi
    canonical "$1/$name" >"$tmp/exported"
    canonical "$computed" >"$tmp/computed"
    rows=$((rows + $(wc -l <"$tmp/computed") - 1))
    if ! diff "$tmp/exported" "$tmp/computed" >"$tmp/diff"; then
        different=$((different + 1))
        echo "${name%.csv}: differs; < as reported, > as computed from the files:"
        head -n 10 "$tmp/diff"
    fi
done
[ "$reports" -gt 0 ] || { echo "compare.sh: no computed reports in $2" >&2; exit 1; }
if [ "$different" -gt 0 ]; then
    echo "$different of $reports reports differ from the independent computation"
    exit 1
fi
echo "all $reports reports ($rows rows) are equal to the independent computation"
