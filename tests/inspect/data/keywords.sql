create table "select" ("from" integer primary key, "where" text, "order" text unique, "check" integer check ("check" > 0));
create table "table" ("primary" integer, "unique" text, "constraint" text, "foreign" integer references "select" ("from"),
  primary key ("primary"), unique ("unique", "constraint"), check ("unique" <> "constraint"));
create table key (key text primary key, action text, generated int, always int, match text, no int, row int, rowid int, "as" int);
create index "index" on "select" ("where", "order") where "where" is not null;
create view "view" as select "from", "where" from "select";
