create table t (
  a integer primary key desc on conflict replace,
  b text not null on conflict ignore unique on conflict fail,
  c text,
  d text,
  unique (c, d) on conflict rollback,
  check (c <> d) on conflict ignore
);
create table u (a text, primary key (a) on conflict abort);
