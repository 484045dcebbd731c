create table a (id integer primary key autoincrement, name text);
create table b (id integer, name text, primary key (id autoincrement));
create table c (id integer primary key asc on conflict fail autoincrement);
create table d (id int primary key, other integer unique);
create table e (id integer primary key desc);
create table f (name text);
