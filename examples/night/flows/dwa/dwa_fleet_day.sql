-- Use of the fleet by maker. Flights without a tail number (most were cancelled before one was chosen) are legs of
-- no aircraft.
delete from dwa_fleet_day where day = :day;
insert into dwa_fleet_day (day, maker, tails, new_tails, legs, flown, cancelled, distance)
select day, maker, count(*), sum(new_tail), sum(legs), sum(flown), sum(cancelled), sum(distance)
from dwd_tail
where day = :day
group by maker
union all
select day, maker, 0, 0, count(*), sum(status = 'flown'), sum(status = 'cancelled'), sum(iif(status = 'flown', distance, 0))
from dwd_flight
where day = :day and tailnum is null
group by maker;
