-- From the flights themselves: an aircraft that flew on twenty days is one aircraft, so days cannot be added up.
delete from DwaFleetMonth where month = :month;
insert into DwaFleetMonth (month, maker, tails, new_tails, legs, flown, cancelled, distance)
select :month, maker, count(distinct tailnum), count(distinct iif(new_tail, tailnum, null)), count(*),
       sum(status = 'flown'), sum(status = 'cancelled'), sum(iif(status = 'flown', distance, 0))
from dwd_flight
where day between :month || '01' and :month || '31'
group by maker;
