-- The ten places that most aircraft were last seen leaving for; '?' are the diverted ones.
delete from rpt_position where day = :day;
insert into rpt_position (day, place, airport, name, tails, oldest)
select :day, place, airport, name, tails, oldest
from (select p.airport, coalesce(a.name, 'not in the list of airports') as name, p.tails, p.oldest,
             row_number() over (order by p.tails desc, p.airport) as place
      from DM_POSITION p
      left join DM_AIRPORT a on a.faa = p.airport
                            and a.month = (select max(month) from DM_AIRPORT where month < :month)
      where p.day = :day)
where place <= 10;
