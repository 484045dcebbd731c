create table a (k text primary key, v blob) without rowid;
create table b (x integer, y integer, z text, primary key (y desc, x collate nocase), unique (z)) without rowid;
create table c (k integer primary key, v text not null default '') strict, without rowid;
create index by_v on a (v);
