-- One row for each registered aircraft. Makers are written in many ways in the register (AIRBUS and AIRBUS INDUSTRIE,
-- three kinds of MCDONNELL DOUGLAS, private builders); reports want a handful of names.
delete from dim_plane where month = :month;
insert into dim_plane (month, tailnum, maker, model, built, seats)
select month, tailnum,
       case when manufacturer like 'AIRBUS%' then 'Airbus'
            when manufacturer = 'BOEING' then 'Boeing'
            when manufacturer like 'BOMBARDIER%' or manufacturer like 'CANADAIR%' then 'Bombardier'
            when manufacturer = 'EMBRAER' then 'Embraer'
            when manufacturer like 'MCDONNELL DOUGLAS%' then 'McDonnell Douglas'
            else 'Other' end,
       model, year, seats
from ods_plane
where month = :month;
