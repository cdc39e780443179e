-- Where each aircraft was left at the end of the day, as far as departures from New York tell: the destination of its
-- last departure, or where it was yesterday. A diverted aircraft is somewhere: nobody wrote down where.
-- A balance that is carried from day to day, so the day before must be right first.
delete from dwd_position where day = :day;
insert into dwd_position (day, tailnum, airport, since)
with today as (
    select tailnum, iif(status = 'diverted', '?', dest) as airport,
           row_number() over (partition by tailnum order by dep_minute desc, carrier desc, flight desc) as latest
    from dwd_flight
    where day = :day and tailnum is not null and status <> 'cancelled')
select :day, tailnum, airport, :day from today where latest = 1
union all
select :day, tailnum, airport, since
from dwd_position
where day = (select max(day) from dwd_position where day < :day)
  and tailnum not in (select tailnum from today);
