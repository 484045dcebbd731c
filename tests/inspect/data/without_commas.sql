create table parent (id integer primary key);
create table t (
  a integer,
  b integer,
  c integer,
  constraint un unique (a)
  constraint ck check (b > 0)
  check (c > 0)
  constraint fk foreign key (c) references parent
  unique (b, c)
);
