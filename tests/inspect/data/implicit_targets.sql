create table one (id integer primary key);
create table two (a text, b text, primary key (b, a));
create table none (a);
create table t (
  a integer references one,
  b text,
  c text,
  d integer references none,
  e integer references missing,
  f integer references missing (id),
  foreign key (b, c) references two
);
