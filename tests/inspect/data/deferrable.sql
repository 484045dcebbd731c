create table parent (id integer primary key);
create table t (
  a integer references parent,
  b integer references parent deferrable,
  c integer references parent deferrable initially deferred,
  d integer references parent deferrable initially immediate,
  e integer references parent not deferrable,
  f integer references parent not deferrable initially deferred,
  g integer references parent not deferrable initially immediate,
  h integer references parent not null deferrable initially deferred,
  i integer references parent on delete cascade unique deferrable initially deferred,
  j integer,
  constraint late foreign key (j) references parent (id) on update cascade deferrable initially deferred
);
