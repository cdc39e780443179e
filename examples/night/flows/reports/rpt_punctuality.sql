-- Carriers by the share of their scheduled flights that arrived less than 15 minutes late. A cancelled or diverted
-- flight was not on time. Ratios: whole hundredths, rounded half up, then printed.
delete from rpt_punctuality where day = :day;
insert into rpt_punctuality (day, place, carrier, name, scheduled, on_time_pct, cancelled_pct, avg_delay_min)
select :day, row_number() over (order by on_time_x100 desc, carrier), carrier, name, scheduled,
       printf('%.2f', on_time_x100 / 100.0), printf('%.2f', cancelled_x100 / 100.0),
       iif(arrived = 0, null, printf('%.2f', avg_delay_x100 / 100.0))
from (select d.carrier, c.name, d.scheduled,
             (d.on_time * 10000 + d.scheduled / 2) / d.scheduled as on_time_x100,
             (d.cancelled * 10000 + d.scheduled / 2) / d.scheduled as cancelled_x100,
             d.on_time + d.late as arrived,
             (d.delay_min * 100 + (d.on_time + d.late) / 2) / (d.on_time + d.late) as avg_delay_x100
      from DM_CARRIER_DAY d
      left join DM_CARRIER c on c.carrier = d.carrier
                            and c.month = (select max(month) from DM_CARRIER where month < :month)
      where d.day = :day);
