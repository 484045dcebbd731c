//! Two spellings of one schema have no differences.

use super::*;

/// Checks that two scripts create schemas without differences, in both directions.
async fn assert_same(one: &str, other: &str) -> Result<()> {
    let (first, second) = (schema(one).await?, schema(other).await?);
    for (wanted, found) in [(&first, &second), (&second, &first)] {
        let lines: Vec<String> = wanted.differences(found)?.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "{one}\n{other}\n{lines:#?}");
    }
    Ok(())
}

#[tokio::test]
async fn white_space_comments_quotes_and_case_are_no_difference() -> Result<()> {
    assert_same(
        "create table post (id integer primary key, title text not null, check (length(title) > 0));
         create index by_title on post (lower(title)) where title <> '';
         create view titles as select title from post where id > 1;
         create trigger keep before delete on post begin select raise(abort, 'Keep'); end",
        "CREATE TABLE \"Post\" (\n [ID] INTEGER /* the key */ PRIMARY  KEY, -- and more\n `title` Text NOT NULL,
             CHECK(LENGTH(\"title\")>0) );
         CREATE INDEX BY_TITLE ON [POST](LOWER(`TITLE`)) WHERE \"title\"  !=  '';
         CREATE VIEW Titles AS /* all */ SELECT \"title\" FROM Post WHERE [id]>1;
         CREATE TRIGGER \"keep\" BEFORE DELETE ON Post BEGIN SELECT RAISE(ABORT,'Keep'); END",
    )
    .await
}

#[tokio::test]
async fn spellings_of_a_type_with_one_affinity_are_no_difference() -> Result<()> {
    for (one, other) in [
        ("integer", "bigint"),
        ("int(11)", "UNSIGNED BIG INT"),
        ("text", "varchar(20)"),
        ("text", "CLOB"),
        ("blob", ""),
        ("real", "double precision"),
        ("numeric", "decimal(10, 2)"),
        ("boolean", "datetime"),
    ] {
        assert_same(&format!("create table t (a {one})"), &format!("create table t (a {other})")).await?;
    }
    assert_same("create table t (a int, b any) strict", "create table t (a INTEGER, b ANY) strict").await
}

#[tokio::test]
async fn spellings_of_a_default_are_no_difference() -> Result<()> {
    for (one, other) in [
        ("default 7", "default (7)"),
        ("default 7", "default +7"),
        ("default -7", "default (- 7)"),
        ("default 255", "default 0xff"),
        ("default 1.5", "default 15e-1"),
        ("default .5", "default 0.50"),
        ("default 'it'", "default (('it'))"),
        ("default 'it'", "default \"it\""),
        ("default 'it'", "default it"),
        ("default true", "default TRUE"),
        ("default true", "default 1"),
        ("default x'0aFF'", "default X'0AfF'"),
        ("default current_timestamp", "default (CURRENT_TIMESTAMP)"),
        ("default null", ""),
        ("default (null)", "null"),
        ("default (abs( -1 ))", "default (ABS(-1))"),
    ] {
        assert_same(&format!("create table t (a {one})"), &format!("create table t (a {other})")).await?;
    }
    Ok(())
}

#[tokio::test]
async fn parentheses_around_an_expression_are_no_difference() -> Result<()> {
    assert_same(
        "create table t (a int check (a > 0 and a < 9), b int generated always as (a + 1), c int as (a * 2) stored);
         create index i on t (a + b) where a > 3",
        "create table t (a int check (((a > 0) and (a < 9))), b int as ((a + 1)) virtual, c int as ((a) * (2)) stored);
         create index i on t ((a + b)) where (a) > (3)",
    )
    .await
}

#[tokio::test]
async fn names_of_constraints_and_their_places_are_no_difference() -> Result<()> {
    assert_same(
        "create table a (id integer primary key);
         create table b (
            x int constraint nn not null constraint un unique constraint ck check (x > 0) constraint fk references a (id),
            y int constraint pk primary key)",
        "create table a (id integer, constraint key primary key (id));
         create table b (x int not null, y int,
            constraint other foreign key (x) references a, check (x > 0), unique (x), primary key (y))",
    )
    .await
}

#[tokio::test]
async fn the_orders_of_columns_and_of_constraints_are_no_difference() -> Result<()> {
    assert_same(
        "create table a (id integer primary key);
         create table b (x int references a, y int references a, z int, check (x > 0), check (y > 0), unique (x), unique (y))",
        "create table b (z int, y int references a, x int references a, unique (y), unique (x), check (y > 0), check (x > 0));
         create table a (id integer primary key)",
    )
    .await
}

#[tokio::test]
async fn what_is_the_default_in_any_case_is_no_difference() -> Result<()> {
    assert_same(
        "create table a (id integer primary key on conflict abort, t text collate binary unique on conflict abort,
             r int null references a on delete no action on update no action match full not deferrable initially deferred,
             check (id > 0) on conflict ignore);
         create index i on a (t collate binary asc)",
        "create table a (id integer primary key asc, t text unique, r int references a (id) deferrable initially immediate,
             check (id > 0));
         create index if not exists main.i on a (t)",
    )
    .await
}

#[tokio::test]
async fn a_foreign_key_deferred_after_another_constraint_is_no_difference() -> Result<()> {
    assert_same(
        "create table a (id integer primary key, r int references a not null deferrable initially deferred)",
        "create table a (id integer primary key, r int not null,
             foreign key (r) references a (id) deferrable initially deferred)",
    )
    .await
}

#[tokio::test]
async fn a_collation_that_only_the_program_registers_hides_no_spelling() -> Result<()> {
    let made = |check: &'static str| async move {
        let builder = Database::builder(":memory:")
            .on_connect(|raw| raw.create_collation("backwards", |one: &str, other: &str| other.cmp(one)));
        let db = builder.open().await?;
        db.execute_script(&format!("create table t (a text collate backwards, b int, check ({check}))")).await?;
        let schema = db.inspect().await?;
        db.close().await?;
        Ok::<_, aio_sql::Error>(schema)
    };
    let (one, other) = (made("b > (1)").await?, made("((b)) > 1").await?);
    assert_eq!(one.differences(&other)?.len(), 0);
    assert_eq!(one.differences(&made("b > 2").await?)?.len(), 2, "one check is missing, the other unexpected");
    Ok(())
}

#[tokio::test]
async fn a_table_that_was_altered_equals_one_that_was_created_so() -> Result<()> {
    assert_same(
        "create table t (id integer primary key, b int, d int, check (b > 0));
         alter table t add column c text not null default 'x' collate nocase;
         alter table t rename column b to a; alter table t drop column d; alter table t rename to u",
        "create table u (id integer primary key, a int, c text not null default 'x' collate nocase, check (a > 0))",
    )
    .await
}
