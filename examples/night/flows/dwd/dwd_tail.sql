-- One row for each aircraft that was to fly on the day.
delete from dwd_tail where day = :day;
insert into dwd_tail (day, tailnum, maker, new_tail, legs, flown, cancelled, distance)
select day, tailnum, maker, max(new_tail), count(*), sum(status = 'flown'), sum(status = 'cancelled'),
       sum(iif(status = 'flown', distance, 0))
from dwd_flight
where day = :day and tailnum is not null
group by tailnum;
