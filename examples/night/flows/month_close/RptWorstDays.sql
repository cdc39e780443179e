-- The five days of the month with the largest share of cancelled departures.
delete from RptWorstDays where month = :month;
insert into RptWorstDays (month, place, day, scheduled, cancelled, cancelled_pct)
select :month, place, day, scheduled, cancelled, printf('%.2f', x100 / 100.0)
from (select day, scheduled, cancelled, x100, row_number() over (order by x100 desc, day) as place
      from (select day, sum(scheduled) as scheduled, sum(cancelled) as cancelled,
                   (sum(cancelled) * 10000 + sum(scheduled) / 2) / sum(scheduled) as x100
            from rpt_cancellation
            where day between :month || '01' and :month || '31'
            group by day))
where place <= 5;
