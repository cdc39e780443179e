-- What is wrong with the data of the day, in numbers and one word.
delete from rpt_data_quality where day = :day;
insert into rpt_data_quality (day, verdict, dark_hours, missing_observations, impossible_wind, flights_without_weather,
                              unknown_tails, unknown_tail_pct, flights_without_tail, flights_to_unknown_airports, diverted)
select q.day,
       case when t.scheduled = 0 then 'no flights'
            when q.dark_hours > 0 then 'dark hours'
            when q.missing_observations > 0 then 'weather incomplete'
            when q.impossible_wind > 0 then 'broken instrument'
            else 'usual' end,
       q.dark_hours, q.missing_observations, q.impossible_wind, q.flights_without_weather, q.unknown_tails,
       iif(t.scheduled = 0, null,
           printf('%.2f', (q.flights_of_unknown_tails * 10000 + t.scheduled / 2) / t.scheduled / 100.0)),
       q.flights_without_tail, q.flights_to_unknown_airports, q.diverted
from DM_QUALITY q
join DM_TOTAL t on t.day = q.day
where q.day = :day;
