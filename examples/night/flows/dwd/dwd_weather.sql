-- One row for each observation (airport and hour), in whole units, with one word for the weather.
-- A wind of over 200 miles an hour is a broken instrument: one is in the data, and is counted instead of believed.
delete from dwd_weather where day = :day;
insert into dwd_weather (day, origin, hour, weather, temp_f100, precip_in100, visib_mi100, wind_kn, gust_kn, wind_impossible)
select :day, origin, hour,
       case when precip_in100 > 0 and temp_f100 <= 3400 then 'snow or ice'
            when precip_in100 > 0 then 'rain'
            when visib_mi100 < 300 then 'low visibility'
            when wind_kn >= 20 or gust_kn >= 30 then 'wind'
            else 'fair' end,
       temp_f100, precip_in100, visib_mi100, wind_kn, gust_kn, wind_impossible
from (select hour, origin,
             cast(round(temp * 100) as integer) as temp_f100,
             cast(round(precip * 100) as integer) as precip_in100,
             cast(round(visib * 100) as integer) as visib_mi100,
             iif(wind_speed > 200, null, cast(round(wind_speed / 1.15078) as integer)) as wind_kn,
             cast(round(wind_gust / 1.15078) as integer) as gust_kn,
             wind_speed is not null and wind_speed > 200 as wind_impossible
      from ods_weather
      where hour between :day || '00' and :day || '23');
