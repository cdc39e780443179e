create table if not exists orders (day text not null, goods text not null, amount integer not null);
create table if not exists revenue (day text primary key, amount integer not null);
