delete from RptCarrierMonth where month = :month;
insert into RptCarrierMonth (month, place, carrier, name, days, scheduled, on_time_pct, cancelled, cancelled_pct,
                             avg_delay_min)
select :month, row_number() over (order by on_time_x100 desc, carrier), carrier, name, days, scheduled,
       printf('%.2f', on_time_x100 / 100.0), cancelled,
       printf('%.2f', (cancelled * 10000 + scheduled / 2) / scheduled / 100.0),
       iif(arrived = 0, null, printf('%.2f', (delay_min * 100 + arrived / 2) / arrived / 100.0))
from (select m.carrier, c.name, m.days, m.scheduled, m.cancelled, m.on_time + m.late as arrived, m.delay_min,
             (m.on_time * 10000 + m.scheduled / 2) / m.scheduled as on_time_x100
      from DM_CARRIER_MONTH m
      left join DM_CARRIER c on c.month = m.month and c.carrier = m.carrier
      where m.month = :month);
