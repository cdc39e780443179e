delete from DwaWeatherMonth where month = :month;
insert into DwaWeatherMonth (month, weather, days, scheduled, on_time, late, diverted, cancelled, delay_min)
select :month, weather, count(*), sum(scheduled), sum(on_time), sum(late), sum(diverted), sum(cancelled), sum(delay_min)
from dwa_weather_delay
where day between :month || '01' and :month || '31'
group by weather;
