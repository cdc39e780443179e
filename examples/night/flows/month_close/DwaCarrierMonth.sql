delete from DwaCarrierMonth where month = :month;
insert into DwaCarrierMonth (month, carrier, days, scheduled, on_time, late, diverted, cancelled, delay_min)
select :month, carrier, count(*), sum(scheduled), sum(on_time), sum(late), sum(diverted), sum(cancelled), sum(delay_min)
from dwa_carrier_day
where day between :month || '01' and :month || '31'
group by carrier;
