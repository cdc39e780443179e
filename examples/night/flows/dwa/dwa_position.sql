-- How many aircraft were last seen leaving for where, and since when the one that is gone longest.
delete from dwa_position where day = :day;
insert into dwa_position (day, airport, tails, oldest)
select day, airport, count(*), min(since)
from dwd_position
where day = :day
group by airport;
