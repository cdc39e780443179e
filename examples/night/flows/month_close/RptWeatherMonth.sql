-- Weather and delay over the month; `days` are the days on which there were flights in such weather.
delete from RptWeatherMonth where month = :month;
insert into RptWeatherMonth (month, weather, days, scheduled, late_pct, cancelled_pct, avg_delay_min)
select month, weather, days, scheduled,
       printf('%.2f', (late * 10000 + scheduled / 2) / scheduled / 100.0),
       printf('%.2f', (cancelled * 10000 + scheduled / 2) / scheduled / 100.0),
       iif(on_time + late = 0, null,
           printf('%.2f', (delay_min * 100 + (on_time + late) / 2) / (on_time + late) / 100.0))
from DM_WEATHER_MONTH
where month = :month;
