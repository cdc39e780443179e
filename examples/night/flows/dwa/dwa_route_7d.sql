-- The last seven days, today among them.
delete from dwa_route_7d where day = :day;
insert into dwa_route_7d (day, origin, dest, days, scheduled, on_time, late, diverted, cancelled, delay_min)
select :day, d.origin, d.dest, count(*), sum(d.scheduled), sum(d.on_time), sum(d.late), sum(d.diverted), sum(d.cancelled),
       sum(d.delay_min)
from dim_date t
join dim_date w on w.number between t.number - 6 and t.number
join dwa_route_day d on d.day = w.day
where t.day = :day
group by d.origin, d.dest;
