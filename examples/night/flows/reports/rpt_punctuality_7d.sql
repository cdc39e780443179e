-- The last seven days of each carrier that flew in them, and by how many points today differs.
delete from rpt_punctuality_7d where day = :day;
insert into rpt_punctuality_7d (day, carrier, name, days, scheduled, on_time_pct, today_pct, change)
select :day, carrier, name, days, scheduled, printf('%.2f', week_x100 / 100.0),
       iif(today_x100 is null, null, printf('%.2f', today_x100 / 100.0)),
       iif(today_x100 is null, null, printf('%.2f', (today_x100 - week_x100) / 100.0))
from (select w.carrier, c.name, w.days, w.scheduled,
             (w.on_time * 10000 + w.scheduled / 2) / w.scheduled as week_x100,
             (d.on_time * 10000 + d.scheduled / 2) / d.scheduled as today_x100
      from DM_CARRIER_7D w
      left join DM_CARRIER_DAY d on d.day = :day and d.carrier = w.carrier
      left join DM_CARRIER c on c.carrier = w.carrier
                            and c.month = (select max(month) from DM_CARRIER where month < :month)
      where w.day = :day);
