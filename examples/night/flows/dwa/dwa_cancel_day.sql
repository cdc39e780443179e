-- Cancelled departures by airport and carrier: small, and all that the reports on cancellations need.
delete from dwa_cancel_day where day = :day;
insert into dwa_cancel_day (day, origin, carrier, scheduled, cancelled)
select day, origin, carrier, count(*), sum(status = 'cancelled')
from dwd_flight
where day = :day
group by origin, carrier;
