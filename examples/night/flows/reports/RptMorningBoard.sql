-- The day in one line. Best and worst are of the carriers with at least 20 flights.
delete from RptMorningBoard where day = :day;
insert into RptMorningBoard (day, scheduled, on_time_pct, cancelled, cancelled_pct, best_carrier, worst_carrier, worst_route,
                             weather_gaps, year_scheduled, year_cancelled_pct)
select t.day, t.scheduled,
       iif(t.scheduled = 0, null, printf('%.2f', (t.on_time * 10000 + t.scheduled / 2) / t.scheduled / 100.0)),
       t.cancelled,
       iif(t.scheduled = 0, null, printf('%.2f', (t.cancelled * 10000 + t.scheduled / 2) / t.scheduled / 100.0)),
       (select carrier from rpt_punctuality where day = :day and scheduled >= 20 order by place limit 1),
       (select carrier from rpt_punctuality where day = :day and scheduled >= 20 order by place desc limit 1),
       (select origin || '-' || dest from rpt_worst_routes where day = :day and place = 1),
       (select sum(gaps) from DM_WEATHER_DAY where day = :day),
       t.year_scheduled,
       iif(t.year_scheduled = 0, null,
           printf('%.2f', (t.year_cancelled * 10000 + t.year_scheduled / 2) / t.year_scheduled / 100.0))
from DM_TOTAL t
where t.day = :day;
