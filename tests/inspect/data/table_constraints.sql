create table parent (a, b, primary key (a, b));
create table t (
  a integer not null,
  b text,
  c text,
  d integer,
  constraint pk primary key (a, b),
  constraint un unique (c, d),
  unique (d),
  constraint ck check (a > 0 and (b <> ',' or c is null)),
  check (d in (1, 2, 3)),
  constraint fk foreign key (c, d) references parent (a, b) on delete restrict on update no action
);
