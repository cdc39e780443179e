-- What is wrong with the data of the day, counted.
delete from dwa_quality where day = :day;
insert into dwa_quality (day, dark_hours, missing_observations, impossible_wind, flights_without_weather, unknown_tails,
                         flights_of_unknown_tails, flights_without_tail, flights_to_unknown_airports, diverted)
select :day,
       (select count(*) from (select hour from dwd_weather_gap where day = :day group by hour having count(*) = 3)),
       (select count(*) from dwd_weather_gap where day = :day),
       (select coalesce(sum(wind_impossible), 0) from dwd_weather where day = :day),
       count(*) filter (where weather = 'no observation'),
       count(distinct tailnum) filter (where maker = 'Unknown'),
       count(*) filter (where maker = 'Unknown'),
       count(*) filter (where tailnum is null),
       count(*) filter (where not dest_known),
       count(*) filter (where status = 'diverted')
from dwd_flight
where day = :day;
