create table "double ""quoted""" ("a ""b""" integer primary key, "c" text unique);
create table [in brackets] ([a b] integer primary key, [c(] text default '[', check ([c(] <> ')'));
create table `back``ticks` (`a``b` integer, `c` text, constraint `the ``key``` primary key (`a``b`));
create table 'single ''quoted''' ('a b' integer, 'c' text, unique ('a b', 'c'));
create index "an ""index""" on "double ""quoted""" ("c");
create index [another index] on [in brackets] ([c(]);
create table child (a integer references "double ""quoted""" ("a ""b"""), b integer references [in brackets]);
