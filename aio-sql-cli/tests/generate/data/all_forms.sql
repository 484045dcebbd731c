-- One column for each form that the generator knows, and names that Rust does not allow.
create table "type" (
    id integer primary key,
    "self" text not null unique collate nocase,
    "fn" integer not null default -7 check ("fn" < 100),
    "unique" text,
    "2fa" boolean not null default 0,
    is_admin integer not null default 1,
    ratio double not null default 0.5,
    whole real default 1,
    price decimal(10, 2) not null default 0.19,
    level text not null default 'dark-red' check (level in ('dark-red', 'grass', 'BLUE', '')),
    size text check (size in ('small', 'large')),
    created timestamp not null default current_timestamp,
    changed_at integer,
    seen_at bigint,
    day real_date,
    julian_time real,
    opened text,
    born date,
    token blob,
    uid text,
    "ref" varchar(36),
    doc json,
    raw blob default x'00ff',
    notes default "plain",
    price_total numeric generated always as (price * 2) virtual,
    length integer as (length("self")) stored,
    constraint "sane" check (ratio >= 0 and /* not
        negative */ whole > -1)
);
insert into "type" values (1, 'Ann', 3, null, 1, 0, 0.25, 2, 12.5, 'grass', 'small', '2026-01-05 10:00:00', 1767607200, 1767607200000,
    2461045.75, 2461045.5, '10:00:00.120', '2026-01-06', x'67e5504410b1426f9247bb680e5fe0c8', '67e5504410b1426f9247bb680e5fe0c8',
    '67E55044-10B1-426F-9247-BB680E5FE0C8', '{"a":1}', x'01', 'text');
create unique index "by unique" on "type" ("unique", "fn" desc) where "unique" is not null and "fn" > 0;
create index ix_type_ratio on "type" (ratio);
create index "by expression" on "type" (lower("self") collate nocase, length(uid) desc, price);

create table "option" (id integer primary key autoincrement, "type" integer references "type" on delete set null, "type id" integer, foreign key ("type id") references "type" (id) on update cascade deferrable initially deferred);
create table new_option (id integer primary key, level text not null, note text default 'it''s "quoted"');
create table "Vec" (a text not null, b text not null, c text, primary key (b, a), unique (a, c), foreign key (a, b) references "Vec" (b, a) on delete cascade) without rowid;
create table statuses (code any primary key, name text not null) strict;
create table categories (id integer primary key, parent integer references categories (id), name text not null);
create table several_parents (a integer references categories (id) references "type" (id), b text references categories (id), unique (a), unique (b, a));
create view "the view" as select "self" as "fn", count(*) as "how many", price from "type" group by 1;
