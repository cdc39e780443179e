#!/bin/sh
# Computes all reports of the night a second time: from the delivered files alone, with sh, gzip, sort and awk, sharing
# nothing with the flows or their SQL. Each report becomes OUT_DIR/REPORT.csv: a header line, then its rows, sorted.
#
#   compute.sh IN_DIR OUT_DIR
#
# Reported are the days from the first to the last delivered flights file (a day without one had no flights), and the
# months all of whose days are among them.
set -eu
export LC_ALL=C

[ $# -eq 2 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2"
in=$(cd "$1" && pwd) out=$(cd "$2" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# stream NAME COLUMNS: all rows of NAME_*.csv.gz, each with the period of its file in front. Every file begins with the
# same header line, which therefore tells where the next file begins.
stream() {
    cd "$in"
    find . -maxdepth 1 -name "$1_*.csv.gz" | sort >"$tmp/files"
    [ -s "$tmp/files" ] || { echo "compute.sh: no $1 files in $in" >&2; exit 1; }
    xargs gzip -dc <"$tmp/files" >"$tmp/rows"
    cd "$tmp"
    awk -v columns="$2" '
        NR == FNR { sub(/.*_/, ""); sub(/\..*/, ""); period[NR] = $0; next }
        $0 == columns { file++; next }
        !file { fail("the columns are " $0 ", not " columns) }
        /"/ { fail("a comma inside quotes would not be understood: " $0) }
        { print period[file] "," $0 }
        function fail(why) { print "compute.sh: " why | "cat >&2"; exit 1 }' files rows >"$1.csv"
}

# report NAME FILE...: the rows that NAME.awk prints, sorted, under the header line that it leaves in `columns`.
report() {
    name=$1
    shift
    awk -F, -v OFS=, -f "$here/lib.awk" -f "$here/$name.awk" "$@" >rows
    { cat columns; sort rows; } >"$out/$name.csv"
}

stream flights "dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,\
carrier,flight,tailnum,origin,dest,air_time,distance"
first=$(sed -n '1s/.*_\([0-9]*\)\..*/\1/p' "$tmp/files")
last=$(sed -n '$s/.*_\([0-9]*\)\..*/\1/p' "$tmp/files")
stream weather origin,temp,dewp,humid,wind_dir,wind_speed,wind_gust,precip,pressure,visib
stream planes tailnum,year,type,manufacturer,model,engines,seats,speed,engine
stream airports faa,name,lat,lon,alt,tz,dst,tzone
stream airlines carrier,name

# The plain facts, one a line: days, names, observations, flights.
cd "$tmp"
awk -v OFS=, -v first="$first" -v last="$last" -f "$here/days.awk" >days
{ sed 's/^/airport,/' airports.csv; sed 's/^/airline,/' airlines.csv; } | cut -d, -f1-4 >names
awk -F, -v OFS=, -f "$here/weather.awk" weather.csv >weather
awk -F, -v OFS=, -f "$here/flights.awk" weather planes.csv airports.csv flights.csv >flights

report rpt_punctuality days names flights
report rpt_punctuality_7d days names flights
report rpt_weather_delay flights
report rpt_weather_day days weather
report rpt_worst_routes days names flights
report rpt_fleet flights
report rpt_cancellation flights
report rpt_position days names flights
report rpt_data_quality days weather flights
report RptMorningBoard days weather flights "$out/rpt_punctuality.csv" "$out/rpt_worst_routes.csv"
report RptDesk "$here/../flows/calendars/us_2013.txt" days flights
report RptCarrierMonth days names flights
report RptWeatherMonth days flights
report RptFleetMonth days flights
report RptWorstDays days flights
