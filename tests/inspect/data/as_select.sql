create table source (id integer primary key, name varchar(20) not null, price decimal(5, 2) default 1, data blob, x);
create table copy as select * from source;
create table computed as select id + 1 as "next id", upper(name) as name, count(*), 1.5 as ratio, null as "nothing" from source;
