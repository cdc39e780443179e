-- The ten routes with the smallest share of flights on time in the last seven days, of those with at least ten
-- departures in them. Four airports that are flown to are not in the list of airports.
delete from rpt_worst_routes where day = :day;
insert into rpt_worst_routes (day, place, origin, dest, airport, scheduled, on_time_pct, cancelled_pct, avg_delay_min)
select :day, place, origin, dest, airport, scheduled, printf('%.2f', on_time_x100 / 100.0),
       printf('%.2f', (cancelled * 10000 + scheduled / 2) / scheduled / 100.0),
       iif(arrived = 0, null, printf('%.2f', (delay_min * 100 + arrived / 2) / arrived / 100.0))
from (select origin, dest, airport, scheduled, cancelled, arrived, delay_min, on_time_x100,
             row_number() over (order by on_time_x100, origin, dest) as place
      from (select r.origin, r.dest, coalesce(a.name, 'not in the list of airports') as airport, r.scheduled, r.cancelled,
                   r.on_time + r.late as arrived, r.delay_min,
                   (r.on_time * 10000 + r.scheduled / 2) / r.scheduled as on_time_x100
            from DM_ROUTE_7D r
            left join DM_AIRPORT a on a.faa = r.dest
                                  and a.month = (select max(month) from DM_AIRPORT where month < :month)
            where r.day = :day and r.scheduled >= 10))
where place <= 10;
