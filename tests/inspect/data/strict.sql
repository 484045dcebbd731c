create table t (
  a int, b integer not null, c real, d text collate nocase, e blob, f any default 'x', g int unique,
  primary key (b)
) strict;
create table u (a integer primary key, b any) strict;
create table v (a int primary key, b text, c integer references u) strict;
