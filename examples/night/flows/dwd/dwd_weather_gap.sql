-- The hours of the day for which an airport has no observation: whole hours that no source measured, and single
-- airports that are missing in a file. (No clock is changed in January and February: each day has 24 hours.)
delete from dwd_weather_gap where day = :day;
insert into dwd_weather_gap (day, origin, hour)
with recursive
    hours(n) as (select 0 union all select n + 1 from hours where n < 23),
    airports(origin) as (values ('EWR'), ('JFK'), ('LGA'))
select :day, a.origin, printf('%s%02d', :day, h.n)
from hours h cross join airports a
where not exists (select 1 from dwd_weather w
                  where w.day = :day and w.origin = a.origin and w.hour = printf('%s%02d', :day, h.n));
