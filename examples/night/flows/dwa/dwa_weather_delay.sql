-- What became of the flights, by the weather at their airport in the hour of their scheduled departure.
delete from dwa_weather_delay where day = :day;
insert into dwa_weather_delay (day, weather, scheduled, on_time, late, diverted, cancelled, delay_min)
select day, weather, count(*), sum(on_time), sum(late), sum(status = 'diverted'), sum(status = 'cancelled'), sum(delay_min)
from dwd_flight
where day = :day
group by weather;
