delete from dwa_carrier_day where day = :day;
insert into dwa_carrier_day (day, carrier, scheduled, on_time, late, diverted, cancelled, delay_min)
select day, carrier, count(*), sum(on_time), sum(late), sum(status = 'diverted'), sum(status = 'cancelled'), sum(delay_min)
from dwd_flight
where day = :day
group by carrier;
