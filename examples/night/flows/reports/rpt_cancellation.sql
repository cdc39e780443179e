-- Cancelled departures by airport, and the carrier that cancelled most there.
delete from rpt_cancellation where day = :day;
insert into rpt_cancellation (day, origin, scheduled, cancelled, cancelled_pct, worst_carrier, worst_cancelled)
select :day, origin, scheduled, total, printf('%.2f', (total * 10000 + scheduled / 2) / scheduled / 100.0),
       iif(total = 0, null, carrier), iif(total = 0, null, cancelled)
from (select origin, carrier, cancelled,
             sum(scheduled) over (partition by origin) as scheduled,
             sum(cancelled) over (partition by origin) as total,
             row_number() over (partition by origin order by cancelled desc, carrier) as place
      from DM_CANCEL_DAY
      where day = :day)
where place = 1;
