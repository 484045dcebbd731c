create table a (id integer primary key, b integer references b, a integer references a);
create table b (id integer primary key, c integer references c);
create table c (id integer primary key, a integer constraint back references a on delete set null);
create table d (id integer primary key, a integer references a, e integer references e, e2 integer references e);
create table e (id integer primary key, d integer references d);
create table f (id integer primary key, d integer references d);
create table g (id integer primary key);
