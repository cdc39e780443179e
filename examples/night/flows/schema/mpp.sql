-- Tables of the platform mpp (the reports' database): the copies that distribution brings, under the data mart's own
-- names, and the reports. Ratios are text with two decimals, rounded half up from whole numbers: SQLite has no decimal
-- type, and a report must read the same wherever it is read. An empty ratio (NULL) means: nothing to divide by.

-- Copies of yt's tables ----------------------------------------------------------------------------------------------

create table if not exists DM_AIRPORT (month text, faa text, name text, primary key (month, faa)) without rowid;
create table if not exists DM_CARRIER (month text, carrier text, name text, primary key (month, carrier)) without rowid;
create table if not exists DM_CARRIER_DAY (
    day text, carrier text, scheduled integer, on_time integer, late integer, diverted integer, cancelled integer,
    delay_min integer, primary key (day, carrier)) without rowid;
create table if not exists DM_CARRIER_7D (
    day text, carrier text, days integer, scheduled integer, on_time integer, late integer, diverted integer,
    cancelled integer, delay_min integer, primary key (day, carrier)) without rowid;
create table if not exists DM_ROUTE_7D (
    day text, origin text, dest text, days integer, scheduled integer, on_time integer, late integer,
    diverted integer, cancelled integer, delay_min integer, primary key (day, origin, dest)) without rowid;
create table if not exists DM_CANCEL_DAY (
    day text, origin text, carrier text, scheduled integer, cancelled integer,
    primary key (day, origin, carrier)) without rowid;
create table if not exists DM_WEATHER_DAY (
    day text, origin text, observations integer, gaps integer, impossible_wind integer, temp_min_f100 integer,
    temp_max_f100 integer, precip_in100 integer, gust_max_kn integer, visib_min_mi100 integer,
    primary key (day, origin)) without rowid;
create table if not exists DM_WEATHER_DELAY (
    day text, weather text, scheduled integer, on_time integer, late integer, diverted integer, cancelled integer,
    delay_min integer, primary key (day, weather)) without rowid;
create table if not exists DM_FLEET_DAY (
    day text, maker text, tails integer, new_tails integer, legs integer, flown integer, cancelled integer,
    distance integer, primary key (day, maker)) without rowid;
create table if not exists DM_TOTAL (
    day text primary key, scheduled integer, on_time integer, late integer, diverted integer, cancelled integer,
    delay_min integer, year_days integer, year_scheduled integer, year_on_time integer, year_cancelled integer
    ) without rowid;
create table if not exists DM_POSITION (
    day text, airport text, tails integer, oldest text, primary key (day, airport)) without rowid;
create table if not exists DM_QUALITY (
    day text primary key, dark_hours integer, missing_observations integer, impossible_wind integer,
    flights_without_weather integer, unknown_tails integer, flights_of_unknown_tails integer,
    flights_without_tail integer, flights_to_unknown_airports integer, diverted integer) without rowid;
create table if not exists DM_CARRIER_MONTH (
    month text, carrier text, days integer, scheduled integer, on_time integer, late integer, diverted integer,
    cancelled integer, delay_min integer, primary key (month, carrier)) without rowid;
create table if not exists DM_WEATHER_MONTH (
    month text, weather text, days integer, scheduled integer, on_time integer, late integer, diverted integer,
    cancelled integer, delay_min integer, primary key (month, weather)) without rowid;
create table if not exists DM_FLEET_MONTH (
    month text, maker text, tails integer, new_tails integer, legs integer, flown integer, cancelled integer,
    distance integer, primary key (month, maker)) without rowid;

-- Reports of a day ---------------------------------------------------------------------------------------------------

create table if not exists rpt_punctuality (
    day text, place integer, carrier text, name text, scheduled integer, on_time_pct text, cancelled_pct text,
    avg_delay_min text, primary key (day, place)) without rowid;
create table if not exists rpt_punctuality_7d (
    day text, carrier text, name text, days integer, scheduled integer, on_time_pct text, today_pct text, change text,
    primary key (day, carrier)) without rowid;
create table if not exists rpt_weather_delay (
    day text, weather text, scheduled integer, late_pct text, cancelled_pct text, avg_delay_min text,
    primary key (day, weather)) without rowid;
create table if not exists rpt_weather_day (
    day text, origin text, observations integer, gaps integer, temp_min_f text, temp_max_f text, precip_in text,
    gust_max_kn integer, visib_min_mi text, primary key (day, origin)) without rowid;
create table if not exists rpt_worst_routes (
    day text, place integer, origin text, dest text, airport text, scheduled integer, on_time_pct text,
    cancelled_pct text, avg_delay_min text, primary key (day, place)) without rowid;
create table if not exists rpt_fleet (
    day text, maker text, tails integer, new_tails integer, legs integer, cancelled integer, share_pct text,
    primary key (day, maker)) without rowid;
create table if not exists rpt_cancellation (
    day text, origin text, scheduled integer, cancelled integer, cancelled_pct text, worst_carrier text,
    worst_cancelled integer, primary key (day, origin)) without rowid;
create table if not exists rpt_position (
    day text, place integer, airport text, name text, tails integer, oldest text, primary key (day, place)) without rowid;
create table if not exists rpt_data_quality (
    day text primary key, verdict text, dark_hours integer, missing_observations integer, impossible_wind integer,
    flights_without_weather integer, unknown_tails integer, unknown_tail_pct text, flights_without_tail integer,
    flights_to_unknown_airports integer, diverted integer) without rowid;
create table if not exists RptMorningBoard (
    day text primary key, scheduled integer, on_time_pct text, cancelled integer, cancelled_pct text, best_carrier text,
    worst_carrier text, worst_route text, weather_gaps integer, year_scheduled integer, year_cancelled_pct text
    ) without rowid;
create table if not exists RptDesk (
    day text primary key, days integer, scheduled integer, cancelled integer, cancelled_pct text,
    year_days integer, year_scheduled integer, year_cancelled integer) without rowid;

-- Reports of a month -------------------------------------------------------------------------------------------------

create table if not exists RptCarrierMonth (
    month text, place integer, carrier text, name text, days integer, scheduled integer, on_time_pct text,
    cancelled integer, cancelled_pct text, avg_delay_min text, primary key (month, place)) without rowid;
create table if not exists RptWeatherMonth (
    month text, weather text, days integer, scheduled integer, late_pct text, cancelled_pct text, avg_delay_min text,
    primary key (month, weather)) without rowid;
create table if not exists RptFleetMonth (
    month text, maker text, tails integer, new_tails integer, legs integer, legs_per_tail text, cancelled_pct text,
    primary key (month, maker)) without rowid;
create table if not exists RptWorstDays (
    month text, place integer, day text, scheduled integer, cancelled integer, cancelled_pct text,
    primary key (month, place)) without rowid;
