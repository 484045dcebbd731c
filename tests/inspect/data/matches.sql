create table parent (id integer primary key, n integer unique);
create table t (
  a integer references parent match full,
  b integer references parent (n) match simple on delete set default,
  c integer references parent (id) on delete set null match partial on update cascade deferrable initially deferred,
  d integer,
  foreign key (d) references parent (n) on update restrict match full on delete no action
);
