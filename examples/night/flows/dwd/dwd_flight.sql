-- One row for each scheduled departure: what became of it, its aircraft, and the weather at the scheduled hour.
-- Trouble stays visible: an aircraft that is not in the register is 'Unknown', a flight without a tail number
-- 'No tail number', an hour that nobody observed 'no observation'.
delete from dwd_flight where day = :day;
insert into dwd_flight (day, carrier, flight, origin, dest, sched_dep_time, status, on_time, late, dep_minute, delay_min,
                        distance, tailnum, maker, seats, new_tail, dest_known, weather)
select f.day, f.carrier, f.flight, f.origin, f.dest, f.sched_dep_time,
       case when f.dep_time is null then 'cancelled' when f.arr_delay is null then 'diverted' else 'flown' end,
       f.dep_time is not null and f.arr_delay is not null and f.arr_delay < 15,
       f.dep_time is not null and f.arr_delay is not null and f.arr_delay >= 15,
       f.sched_dep_time / 100 * 60 + f.sched_dep_time % 100 + f.dep_delay,
       iif(f.dep_time is not null, max(coalesce(f.arr_delay, 0), 0), 0),
       f.distance, f.tailnum,
       case when f.tailnum is null then 'No tail number' else coalesce(p.maker, 'Unknown') end,
       p.seats,
       f.tailnum is not null and not exists (select 1 from dwd_flight b where b.tailnum = f.tailnum and b.day < :day),
       a.faa is not null,
       coalesce(w.weather, 'no observation')
from ods_flight f
left join dim_plane p on p.month = (select max(month) from dim_plane where month < :month) and p.tailnum = f.tailnum
left join dim_airport a on a.month = (select max(month) from dim_airport where month < :month) and a.faa = f.dest
left join dwd_weather w on w.day = :day and w.origin = f.origin
                       and w.hour = printf('%s%02d', :day, f.sched_dep_time / 100)
where f.day = :day;
