create table t (
  a integer primary key,
  b integer,
  c integer generated always as (a + b) stored,
  d text as ('(' || b || ')'),
  e integer generated always as (b * 2) virtual unique,
  f as (coalesce(b, 0)) not null,
  g integer constraint named generated always as (b + 1) check (g > 0)
);
create index by_d on t (d);
