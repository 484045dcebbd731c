//! `schema_of` and `Schema::differences`: what the server normalizes is no difference, and every
//! other change is found and named.

use super::structs::{Author, Line, Member, Post, Team};
use super::*;

/// Returns the kind and the name of a part.
fn named(part: Part<'_>) -> String {
    match part {
        Part::Table(table) => format!("table {}", table.name()),
        Part::Options(table) => format!("options of {}", table.name()),
        Part::Column(column) => format!("column {}", column.name()),
        Part::PrimaryKey(key) => format!("primary key {}", key.columns().join(" ")),
        Part::ForeignKey(key) => format!("foreign key {}", key.columns().join(" ")),
        Part::Unique(unique) => format!("unique {}", unique.columns().join(" ")),
        Part::Check(check) => format!("check {}", check.expression()),
        Part::Exclusion(exclusion) => format!("exclusion {}", exclusion.name()),
        Part::Index(index) => format!("index {}", index.name()),
        Part::Trigger(trigger) => format!("trigger {}", trigger.name()),
        Part::View(view) => format!("view {}", view.name()),
        Part::Sequence(sequence) => format!("sequence {}", sequence.name()),
        Part::Enum(one) => format!("enum {}", one.name()),
        Part::Domain(domain) => format!("domain {}", domain.name()),
        other => panic!("{other:?}"),
    }
}

/// Shows a difference as the table, `+` with the wanted part, `-` with the found part.
fn shown(difference: &Difference<'_>) -> String {
    let wanted = difference.wanted().map(|part| format!(" +{}", named(part))).unwrap_or_default();
    let found = difference.found().map(|part| format!(" -{}", named(part))).unwrap_or_default();
    format!("{}:{wanted}{found}", difference.table())
}

#[tokio::test]
async fn the_schema_of_structs_is_what_create_all_makes() -> Result<()> {
    with_database("structs", async |db| {
        let declared = db.schema_of((Author, Post, Line, Team, Member)).await?;
        assert_eq!(db.inspect_with(Inspect::new().temporary().all_schemas()).await?.tables().len(), 0);
        db.create_all((Author, Post, Line, Team, Member)).await?;
        let created = db.inspect().await?;
        assert_eq!(declared.tables(), created.tables());
        assert_eq!(lines(&declared.differences(&created)?), Vec::<String>::new());
        // Also while the tables exist, and in a transaction.
        let tx = db.begin().await?;
        assert_eq!(tx.schema_of((Author, Post, Line, Team, Member)).await?.tables(), created.tables());
        tx.commit().await?;
        assert_eq!(db.inspect().await?, created);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_schema_of_another_kind_of_database_is_not_compared() -> Result<()> {
    with_database("kinds", async |db| {
        let sqlite = Database::memory().await?;
        let error = db.inspect().await?.differences(&sqlite.inspect().await?).unwrap_err();
        assert_eq!((error.kind(), error.to_string().contains("postgres")), (&ErrorKind::Usage, true));
        sqlite.close().await
    })
    .await
}

#[tokio::test]
async fn two_spellings_of_one_schema_do_not_differ() -> Result<()> {
    with_database("same", async |db| {
        for (one, other) in [
            (
                "create table post (id integer primary key, title text not null, check (length(title) > 0));
                 create index by_title on post (lower(title)) where title <> '';
                 create view titles as select title from post where id > 1",
                "CREATE TABLE \"post\" (\"id\" INT4 /* the key */ PRIMARY  KEY, -- and more\n title Text NOT NULL,
                     CHECK(((LENGTH(\"title\")>0))) );
                 CREATE INDEX BY_TITLE ON post USING btree (LOWER(title)) WHERE \"title\"  !=  '';
                 CREATE VIEW Titles AS /* all */ SELECT \"title\" FROM post WHERE (id)>1",
            ),
            (
                "create table t (a int, b varchar(3), c timestamptz, d decimal(3, 1), e float, f bool, g char)",
                "create table t (a int4, b character varying(3), c timestamp with time zone, d numeric(3,1),
                     e double precision, f boolean, g character(1))",
            ),
            (
                "create table t (a int default 7, b text default 'it', c int default null, d bool default true, e numeric default -1)",
                "create table t (a int default (7), b text default ('it'::text), c int, d bool default 't', e numeric default (- 1))",
            ),
            (
                "create table t (a text check (a in ('x', 'y')), b int check (b between 1 and 2 and b is not null))",
                "create table t (b int, a text, check ((b >= 1) and b <= 2 and b is not null), check (a = any (array['x', 'y'])))",
            ),
            (
                "create table a (id integer primary key); create table b (x int references a not null unique, y int, primary key (y))",
                "create table a (id integer, constraint key primary key (id));
                 create table b (x int not null, y int constraint pk primary key, constraint un unique (x),
                     constraint other foreign key (x) references a (id) match simple on delete no action not deferrable)",
            ),
            (
                "create table t (id bigserial primary key, a int); create index i on t (a)",
                "create table t (a int, id bigint generated by default as identity primary key);
                 create index i on t (a nulls first); create sequence t_id_seq1; drop sequence t_id_seq1",
            ),
        ] {
            let (first, second) = (schema(&db, one).await?, schema(&db, other).await?);
            for (wanted, found) in [(&first, &second), (&second, &first)] {
                let mut differences = wanted.differences(found)?;
                // The sequence of a `serial` column is an object of its own.
                differences.retain(|one| !matches!(one.wanted().or(one.found()), Some(Part::Sequence(_))));
                assert_eq!(lines(&differences), Vec::<String>::new(), "{one}\n{other}");
            }
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn every_kind_of_change_is_one_difference_that_names_the_part() -> Result<()> {
    let beginning = "create table p (id int primary key, n int unique, m int);
        create type mood as enum ('a', 'b'); create domain d as int check (value > 0); create sequence s;
        create table t (a int, b text collate \"C\" default 'x', c int not null, e mood, f d, g int generated always as (a + 1) stored,
            h int generated by default as identity, constraint ck check (a > 0), constraint un unique (c), constraint fk foreign key (a) references p,
            constraint ex exclude using gist (int4range(a, c) with &&));
        create index i on t (a, lower(b)) where c > 1;
        create view v as select a from t; create materialized view m as select a from p, t;
        create function f() returns trigger language plpgsql as 'begin return new; end';
        create trigger tr before insert on t for each row execute function f();";
    with_database("kinds_of_changes", async |db| {
        let wanted = schema(&db, beginning).await?;
        for (change, expected, text) in [
            ("create table u (a int)", "u: -table u", "the table `u` is unexpected"),
            ("drop materialized view m; drop view v; drop table t", "t: +table t", "the table `t` is missing"),
            ("alter table t add z int default 3", "t: -column z", "the column `z` is unexpected: INTEGER DEFAULT 3"),
            ("alter table t drop b", "t: +column b", "the column `b` is missing: expected TEXT COLLATE C DEFAULT 'x'::text"),
            ("alter table t alter b type varchar(3)", "t: +column b -column b", "the column `b` is CHARACTER VARYING(3) DEFAULT 'x'::text: expected TEXT COLLATE C DEFAULT 'x'::text"),
            ("alter table t alter b type text collate \"POSIX\"", "t: +column b -column b", "the column `b` is TEXT COLLATE POSIX DEFAULT 'x'::text: expected TEXT COLLATE C DEFAULT 'x'::text"),
            ("alter table t alter c drop not null", "t: +column c -column c", "the column `c` is INTEGER: expected INTEGER NOT NULL"),
            ("alter table t alter b set default 'X'", "t: +column b -column b", "the column `b` is TEXT COLLATE C DEFAULT 'X'::text: expected TEXT COLLATE C DEFAULT 'x'::text"),
            ("alter table t alter h set generated always", "t: +column h -column h", "the column `h` is INTEGER NOT NULL GENERATED ALWAYS AS IDENTITY: expected INTEGER NOT NULL, numbered by the database"),
            ("alter table t alter g drop expression", "t: +column g -column g", "the column `g` is INTEGER: expected INTEGER, generated as (a + 1) and stored"),
            ("alter table t drop constraint ck", "t: +check a > 0", "the check `ck` is missing: expected (a > 0)"),
            ("alter table t drop constraint ck, add constraint ck check (a > 1)", "t: +check a > 0 -check a > 1", "the check `ck` is (a > 1): expected (a > 0)"),
            ("alter table t drop constraint un", "t: +unique c", "the UNIQUE (c) is missing"),
            ("alter table t drop constraint fk", "t: +foreign key a", "the foreign key (a) is missing: expected to p (id), on delete NO ACTION, on update NO ACTION"),
            ("alter table t drop constraint fk, add constraint fk foreign key (a) references p (n) on delete set null", "t: +foreign key a -foreign key a", "the foreign key (a) is to p (n), on delete SET NULL, on update NO ACTION: expected to p (id), on delete NO ACTION, on update NO ACTION"),
            ("alter table t drop constraint ex", "t: +exclusion ex", "the exclusion `ex` is missing: expected EXCLUDE USING gist (int4range(a, c) WITH &&)"),
            ("drop index i", "t: +index i", "the index `i` is missing: expected on (a, lower(b) COLLATE C) where c > 1"),
            ("drop index i; create unique index i on t (a desc)", "t: +index i -index i", "the index `i` is unique on (a DESC): expected on (a, lower(b) COLLATE C) where c > 1"),
            ("drop index i; create index i on t using hash (a)", "t: +index i -index i", "the index `i` is on (a) using hash: expected on (a, lower(b) COLLATE C) where c > 1"),
            ("alter table t set unlogged", "t: +options of t -options of t", "the table is UNLOGGED: expected a plain one"),
            ("drop view v", "v: +view v", "the view `v` is missing"),
            ("create or replace view v as select a + 1 - 1 as a from t", "v: +view v -view v", "the view `v` has another text"),
            ("drop materialized view m; create view m as select a from p, t", "m: +view m -view m", "the view `m` has another text"),
            ("drop trigger tr on t", "t: +trigger tr", "the trigger `tr` is missing"),
            ("alter type mood add value 'c'", "mood: +enum mood -enum mood", "the enum `mood` is of [\"a\", \"b\", \"c\"]: expected of [\"a\", \"b\"]"),
            ("alter domain d set not null", "d: +domain d -domain d", "the domain `d` is integer NOT NULL CHECK (VALUE > 0): expected integer CHECK (VALUE > 0)"),
            ("alter sequence s increment 2", "s: +sequence s -sequence s", "the sequence `s` is bigint from 1 by 2, between 1 and 9223372036854775807: expected bigint from 1 by 1, between 1 and 9223372036854775807"),
            ("create sequence z", "z: -sequence z", "the sequence `z` is unexpected: bigint from 1 by 1, between 1 and 9223372036854775807"),
        ] {
            let found = schema(&db, &format!("{beginning} {change}")).await?;
            let mut differences = wanted.differences(&found)?;
            // What was dropped together with a table or a column, or is nullable with a domain.
            if differences.len() > 1 {
                differences.retain(|difference| shown(difference) == expected);
            }
            let seen: Vec<_> = differences.iter().map(|one| (shown(one), one.to_string())).collect();
            assert_eq!(seen, [(expected.to_owned(), text.to_owned())], "{change}");
            assert!(!found.differences(&wanted)?.is_empty());
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_schema_with_everything_does_not_differ_from_itself() -> Result<()> {
    let script = include_str!("data/everything.sql");
    let made = async |name: &str| {
        let mut made = None;
        with_database(name, async |db| {
            db.execute_script(script).await?;
            made = Some(db.inspect_with(Inspect::new().all_schemas()).await?);
            Ok(())
        })
        .await?;
        Ok::<_, aio_sql::Error>(made)
    };
    let (Some(one), Some(other)) = (made("one").await?, made("other").await?) else { return Ok(()) };
    assert_eq!(one, other);
    assert_eq!(lines(&one.differences(&other)?), Vec::<String>::new());
    Ok(())
}
