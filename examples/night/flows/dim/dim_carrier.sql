delete from dim_carrier where month = :month;
insert into dim_carrier (month, carrier, name)
select month, carrier, name from ods_airline where month = :month;
