create table kept (id integer primary key, name text);
create temp table scratch (id integer primary key, kept integer, note text not null unique, check (kept > 0));
create index temp.by_kept on scratch (kept);
create temp view recent as select id from scratch;
create view all_kept as select id, name from kept;
