create table parent (id integer primary key, n integer unique);
create table t (id integer primary key, old text not null, gone integer, check (length(old) > 0), unique (old)) ;
create index i on t (old);
alter table t add column added integer references parent default null;
alter table t add column second text not null default 'x, (y)' collate nocase check (second <> '');
alter table t rename column old to "new name";
alter table t drop column gone;
alter table t rename to u;
alter table parent rename to "the parent";
