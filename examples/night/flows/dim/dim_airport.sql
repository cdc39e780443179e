delete from dim_airport where month = :month;
insert into dim_airport (month, faa, name)
select month, faa, name from ods_airport where month = :month;
