create table "a, b" ("x, y" integer primary key, "(" text, ")" text, unique ("(", ")"), check ("x, y" > 1));
create table "tab	and
line" ("a
b" integer primary key, " " text, "" text);
create table "semi;colon" ("--" integer primary key, "/*" text, "'" text unique, "%" text, "?" text);
create table "UPPER" (Id integer primary key, ID2 text);
create index "i, j" on "a, b" ("(", ")");
create table child (a integer references "a, b", b integer references UPPER (ID), c text references "semi;colon" ("'"));
