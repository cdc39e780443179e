-- Aircraft and flights of the month by maker; 'No tail number' has flights and no aircraft.
delete from RptFleetMonth where month = :month;
insert into RptFleetMonth (month, maker, tails, new_tails, legs, legs_per_tail, cancelled_pct)
select month, maker, tails, new_tails, legs,
       iif(tails = 0, null, printf('%.2f', (legs * 100 + tails / 2) / tails / 100.0)),
       printf('%.2f', (cancelled * 10000 + legs / 2) / legs / 100.0)
from DM_FLEET_MONTH
where month = :month;
