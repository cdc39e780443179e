delete from dwa_route_day where day = :day;
insert into dwa_route_day (day, origin, dest, dest_known, scheduled, on_time, late, diverted, cancelled, delay_min)
select day, origin, dest, max(dest_known),
       count(*), sum(on_time), sum(late), sum(status = 'diverted'), sum(status = 'cancelled'), sum(delay_min)
from dwd_flight
where day = :day
group by origin, dest;
