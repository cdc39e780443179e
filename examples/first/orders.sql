-- A real warehouse loads this from files: see docs/getting-started.md.
delete from orders where day = :day;
insert into orders (day, goods, amount) values (:day, 'bread', 12), (:day, 'apples', 30);
