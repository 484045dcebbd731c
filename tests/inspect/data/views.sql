create table t (id integer primary key, name varchar(20) not null, price decimal(5, 2));
create view plain as select id, name from t;
create view named (number, word) as select id, name || '!' from t;
create view "with spaces" as select id as "an id", count(*) as n, price from t group by id;
create view nested as select number, word from named where number > 1;
create view recursive_one as with recursive c (n) as (select 1 union all select n + 1 from c where n < 3) select n from c;
create trigger into_plain instead of insert on plain begin insert into t (id, name) values (new.id, new.name); end;
create temp view passing as select 1 as one;
