-- Aircraft and flights by maker; 'Unknown' are tail numbers that the register does not have.
delete from rpt_fleet where day = :day;
insert into rpt_fleet (day, maker, tails, new_tails, legs, cancelled, share_pct)
select day, maker, tails, new_tails, legs, cancelled, printf('%.2f', (legs * 10000 + total / 2) / total / 100.0)
from (select *, sum(legs) over () as total from DM_FLEET_DAY where day = :day);
