-- What happened since the office last looked: the year so far, less what its last line said. Runs on working days, so
-- a Monday covers three days, and the Tuesday after a holiday four.
delete from RptDesk where day = :day;
insert into RptDesk (day, days, scheduled, cancelled, cancelled_pct, year_days, year_scheduled, year_cancelled)
select day, days, scheduled, cancelled,
       iif(scheduled = 0, null, printf('%.2f', (cancelled * 10000 + scheduled / 2) / scheduled / 100.0)),
       year_days, year_scheduled, year_cancelled
from (select t.day, t.year_days, t.year_scheduled, t.year_cancelled,
             t.year_days - coalesce(p.year_days, 0) as days,
             t.year_scheduled - coalesce(p.year_scheduled, 0) as scheduled,
             t.year_cancelled - coalesce(p.year_cancelled, 0) as cancelled
      from DM_TOTAL t
      left join RptDesk p on p.day = (select max(day) from RptDesk where day < :day and day >= :year || '0101')
      where t.day = :day);
