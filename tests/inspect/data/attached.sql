attach ':memory:' as other;
create table here (id integer primary key);
create table other.there (id integer primary key, up integer references there, name text not null unique);
create table other.here (id text primary key, "there id" integer references there (id));
create index other.by_name on here ("there id");
create view other.seen as select id from there;
