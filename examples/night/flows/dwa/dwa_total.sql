-- The day in one row, and the year so far: yesterday's row plus today, so the day before must be right first.
delete from dwa_total where day = :day;
insert into dwa_total (day, scheduled, on_time, late, diverted, cancelled, delay_min, year_days, year_scheduled,
                       year_on_time, year_cancelled)
with today as (
    select coalesce(sum(scheduled), 0) as scheduled, coalesce(sum(on_time), 0) as on_time, coalesce(sum(late), 0) as late,
           coalesce(sum(diverted), 0) as diverted, coalesce(sum(cancelled), 0) as cancelled,
           coalesce(sum(delay_min), 0) as delay_min
    from dwa_carrier_day
    where day = :day)
select :day, t.scheduled, t.on_time, t.late, t.diverted, t.cancelled, t.delay_min,
       coalesce(y.year_days, 0) + 1, coalesce(y.year_scheduled, 0) + t.scheduled,
       coalesce(y.year_on_time, 0) + t.on_time, coalesce(y.year_cancelled, 0) + t.cancelled
from today t
left join dwa_total y on y.day = (select max(day) from dwa_total where day < :day and day >= :year || '0101');
