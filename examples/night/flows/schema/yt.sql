-- Tables of the platform yt (the warehouse). The platform's `init` runs this before the first job; every job only
-- deletes the rows of its period and inserts them again. Each job writes the one table of its own name.
--
-- Units are in the names: _f100 hundredths of a degree Fahrenheit, _in100 of an inch, _mi100 of a mile, _kn knots.
-- Whole numbers only: their sums are exact in any order, so that two computations of a report are equal to the last digit.

-- ODS: what the sources sent, as they sent it ------------------------------------------------------------------------

create table if not exists ods_flight (
    day text not null, dep_time integer, sched_dep_time integer, dep_delay integer, arr_time integer,
    sched_arr_time integer, arr_delay integer, carrier text, flight integer, tailnum text, origin text, dest text,
    air_time integer, distance integer);
create index if not exists ods_flight_day on ods_flight (day);

create table if not exists ods_weather (
    hour text not null, origin text, temp real, dewp real, humid real, wind_dir integer, wind_speed real,
    wind_gust real, precip real, pressure real, visib real);
create index if not exists ods_weather_hour on ods_weather (hour);

create table if not exists ods_plane (
    month text not null, tailnum text, year integer, type text, manufacturer text, model text, engines integer,
    seats integer, speed integer, engine text);
create index if not exists ods_plane_month on ods_plane (month);

create table if not exists ods_airport (
    month text not null, faa text, name text, lat real, lon real, alt integer, tz integer, dst text, tzone text);
create index if not exists ods_airport_month on ods_airport (month);

create table if not exists ods_airline (month text not null, carrier text, name text);
create index if not exists ods_airline_month on ods_airline (month);

-- Dimensions: their state at the end of a month ----------------------------------------------------------------------

-- Every day from 2012 to 2014, numbered, so that "the seven days up to this one" is a comparison of numbers.
create table if not exists dim_date (day text primary key, number integer not null unique) without rowid;
insert or ignore into dim_date
with recursive d(number) as (select cast(julianday('2012-01-01') + 0.5 as integer)
                             union all
                             select number + 1 from d where number < cast(julianday('2014-12-31') + 0.5 as integer))
select strftime('%Y%m%d', number - 0.5), number from d;

create table if not exists dim_plane (
    month text, tailnum text, maker text not null, model text, built integer, seats integer,
    primary key (month, tailnum)) without rowid;
create table if not exists dim_airport (
    month text, faa text, name text not null, primary key (month, faa)) without rowid;
create table if not exists dim_carrier (
    month text, carrier text, name text not null, primary key (month, carrier)) without rowid;

-- DWD: cleaned, one row for each thing that happened -----------------------------------------------------------------

create table if not exists dwd_weather (
    day text, origin text, hour text, weather text not null, temp_f100 integer, precip_in100 integer, visib_mi100 integer,
    wind_kn integer, gust_kn integer, wind_impossible integer not null,
    primary key (day, origin, hour)) without rowid;
create table if not exists dwd_weather_gap (
    day text, origin text, hour text, primary key (day, origin, hour)) without rowid;
create table if not exists dwd_flight (
    day text, carrier text, flight integer, origin text, dest text, sched_dep_time integer,
    status text not null check (status in ('flown', 'diverted', 'cancelled')),
    on_time integer not null, late integer not null, dep_minute integer, delay_min integer not null, distance integer,
    tailnum text, maker text not null, seats integer, new_tail integer not null,
    dest_known integer not null, weather text not null,
    primary key (day, carrier, flight, origin, dest, sched_dep_time)) without rowid;
create index if not exists dwd_flight_tailnum on dwd_flight (tailnum, day);
create table if not exists dwd_tail (
    day text, tailnum text, maker text not null, new_tail integer not null, legs integer not null,
    flown integer not null, cancelled integer not null, distance integer not null,
    primary key (day, tailnum)) without rowid;
create table if not exists dwd_position (
    day text, tailnum text, airport text not null, since text not null, primary key (day, tailnum)) without rowid;

-- DWA: summed up -----------------------------------------------------------------------------------------------------
-- scheduled = on_time + late + diverted + cancelled; on time: less than 15 minutes late at the gate of arrival.

create table if not exists dwa_carrier_day (
    day text, carrier text, scheduled integer, on_time integer, late integer, diverted integer, cancelled integer,
    delay_min integer, primary key (day, carrier)) without rowid;
create table if not exists dwa_route_day (
    day text, origin text, dest text, dest_known integer, scheduled integer, on_time integer, late integer,
    diverted integer, cancelled integer, delay_min integer, primary key (day, origin, dest)) without rowid;
create table if not exists dwa_cancel_day (
    day text, origin text, carrier text, scheduled integer, cancelled integer,
    primary key (day, origin, carrier)) without rowid;
create table if not exists dwa_weather_day (
    day text, origin text, observations integer, gaps integer, impossible_wind integer, temp_min_f100 integer,
    temp_max_f100 integer, precip_in100 integer, gust_max_kn integer, visib_min_mi100 integer,
    primary key (day, origin)) without rowid;
create table if not exists dwa_weather_delay (
    day text, weather text, scheduled integer, on_time integer, late integer, diverted integer, cancelled integer,
    delay_min integer, primary key (day, weather)) without rowid;
create table if not exists dwa_fleet_day (
    day text, maker text, tails integer, new_tails integer, legs integer, flown integer, cancelled integer,
    distance integer, primary key (day, maker)) without rowid;
create table if not exists dwa_total (
    day text primary key, scheduled integer, on_time integer, late integer, diverted integer, cancelled integer,
    delay_min integer, year_days integer, year_scheduled integer, year_on_time integer, year_cancelled integer
    ) without rowid;
create table if not exists dwa_carrier_7d (
    day text, carrier text, days integer, scheduled integer, on_time integer, late integer, diverted integer,
    cancelled integer, delay_min integer, primary key (day, carrier)) without rowid;
create table if not exists dwa_route_7d (
    day text, origin text, dest text, days integer, scheduled integer, on_time integer, late integer,
    diverted integer, cancelled integer, delay_min integer, primary key (day, origin, dest)) without rowid;
create table if not exists dwa_position (
    day text, airport text, tails integer, oldest text, primary key (day, airport)) without rowid;
create table if not exists dwa_quality (
    day text primary key, dark_hours integer, missing_observations integer, impossible_wind integer,
    flights_without_weather integer, unknown_tails integer, flights_of_unknown_tails integer,
    flights_without_tail integer, flights_to_unknown_airports integer, diverted integer) without rowid;

create table if not exists DwaCarrierMonth (
    month text, carrier text, days integer, scheduled integer, on_time integer, late integer, diverted integer,
    cancelled integer, delay_min integer, primary key (month, carrier)) without rowid;
create table if not exists DwaWeatherMonth (
    month text, weather text, days integer, scheduled integer, on_time integer, late integer, diverted integer,
    cancelled integer, delay_min integer, primary key (month, weather)) without rowid;
create table if not exists DwaFleetMonth (
    month text, maker text, tails integer, new_tails integer, legs integer, flown integer, cancelled integer,
    distance integer, primary key (month, maker)) without rowid;
