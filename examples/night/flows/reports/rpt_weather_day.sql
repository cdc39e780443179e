-- The weather of the day at each airport, and for how many hours nobody knows it.
delete from rpt_weather_day where day = :day;
insert into rpt_weather_day (day, origin, observations, gaps, temp_min_f, temp_max_f, precip_in, gust_max_kn, visib_min_mi)
select day, origin, observations, gaps,
       iif(observations = 0, null, printf('%.2f', temp_min_f100 / 100.0)),
       iif(observations = 0, null, printf('%.2f', temp_max_f100 / 100.0)),
       iif(observations = 0, null, printf('%.2f', precip_in100 / 100.0)),
       gust_max_kn,
       iif(observations = 0, null, printf('%.2f', visib_min_mi100 / 100.0))
from DM_WEATHER_DAY
where day = :day;
