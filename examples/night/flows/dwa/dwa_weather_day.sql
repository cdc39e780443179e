-- One row for each airport, also for one that sent nothing all day.
delete from dwa_weather_day where day = :day;
insert into dwa_weather_day (day, origin, observations, gaps, impossible_wind, temp_min_f100, temp_max_f100, precip_in100,
                             gust_max_kn, visib_min_mi100)
with airports(origin) as (values ('EWR'), ('JFK'), ('LGA'))
select :day, a.origin, count(w.hour),
       (select count(*) from dwd_weather_gap g where g.day = :day and g.origin = a.origin),
       coalesce(sum(w.wind_impossible), 0), min(w.temp_f100), max(w.temp_f100), sum(w.precip_in100), max(w.gust_kn),
       min(w.visib_mi100)
from airports a
left join dwd_weather w on w.day = :day and w.origin = a.origin
group by a.origin;
