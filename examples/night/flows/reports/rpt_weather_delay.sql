-- Flights by the weather at their scheduled departure. Shares are of all scheduled flights.
delete from rpt_weather_delay where day = :day;
insert into rpt_weather_delay (day, weather, scheduled, late_pct, cancelled_pct, avg_delay_min)
select day, weather, scheduled,
       printf('%.2f', (late * 10000 + scheduled / 2) / scheduled / 100.0),
       printf('%.2f', (cancelled * 10000 + scheduled / 2) / scheduled / 100.0),
       iif(on_time + late = 0, null,
           printf('%.2f', (delay_min * 100 + (on_time + late) / 2) / (on_time + late) / 100.0))
from DM_WEATHER_DELAY
where day = :day;
