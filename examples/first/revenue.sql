delete from revenue where day = :day;
insert into revenue (day, amount) select :day, sum(amount) from orders where day = :day;
