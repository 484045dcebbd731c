create table straße (größe integer primary key, "naïve café" text not null, 名前 text default '値', 🙂 integer check (🙂 > 0));
create table Ärger (ä text, Ä text, "no break" integer, primary key (ä, Ä));
create unique index ix_größe on straße (名前 collate nocase desc);
create view ansicht_ß as select 名前 from straße;
create table child (größe integer references straße);
create table "with no-break space" (a b integer primary key, c text unique);
