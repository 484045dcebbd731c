create table parent (id integer constraint pk_parent primary key, n integer constraint un unique);
create table t (
  a integer constraint pk primary key autoincrement,
  b text constraint nn not null constraint un unique constraint ck check (length(b) > 0) constraint df default 'x'
    constraint co collate nocase,
  c integer constraint fk references parent (id) on delete cascade on update set null,
  d integer constraint only_a_name,
  e text collate rtrim constraint first constraint second not null,
  f integer constraint "quoted name" check (f between 1 and 9) check (f <> 5),
  g int null
);
