//! `create_if_missing`: what is no other shape for SQLite, and what only SQLite has.

use super::members::*;
use super::*;

#[tokio::test]
async fn spelling_is_not_a_difference() -> Result<()> {
    let db = Database::memory().await?;
    db.create(Team).await?;
    db.execute_script(
        "create table Members ( -- by hand
            id integer primary key,
            name text not null, age integer default 18 not null check (age>=0), nick text,
            team_id integer not null references teams(id) on delete cascade,
            label text not null generated always as (lower( name )) virtual,
            constraint some_other_name unique (name, age),
            check ( /* old */ age < 200 )
        );
        create index ix_members_name on members(name)",
    )
    .await?;
    db.create_if_missing(Member).await?;
    db.close().await
}

#[tokio::test]
async fn a_generated_column_that_is_stored_is_another_one() -> Result<()> {
    let db = Database::memory().await?;
    let script = Dialect::Sqlite.ddl((Team, Member))?.join(";\n");
    db.execute_script(script.replacen("(lower(name)) VIRTUAL", "(lower(name)) STORED", 1)).await?;
    let error = db.create_if_missing((Team, Member)).await.unwrap_err();
    let ErrorKind::Shape { differences, .. } = error.kind() else { panic!("{error:?}") };
    assert_eq!(differences.len(), 1, "{differences:?}");
    assert_says(&error, &["`label`", "and stored", "and not stored"]);
    db.close().await
}

#[derive(Table, Clone, Debug)]
#[table(name = "sensors")]
struct Sensor {
    #[column(primary_key)]
    id: u32,
    level: u8,
    on: Option<bool>,
}

#[tokio::test]
async fn a_table_from_before_strict_and_ranges_is_the_same() -> Result<()> {
    let db = Database::memory().await?;
    for script in [
        "create table sensors (id integer not null primary key, level integer not null, \"on\" integer)",
        "create table sensors (id integer not null primary key, level integer not null, \"on\" integer) strict",
        "create table sensors (id integer not null primary key, \"on\" integer, \
         level integer not null check (level between 0 and 255))",
    ] {
        db.execute_script(script).await?;
        db.create_if_missing(Sensor).await?;
        db.drop(Sensor).await?;
    }
    // A different range is a difference, because the table may refuse values that the struct
    // writes.
    db.execute_script(
        "create table sensors (id integer not null primary key, \"on\" integer, \
         level integer not null check (level between 0 and 100)) strict",
    )
    .await?;
    let error = db.create_if_missing(Sensor).await.unwrap_err();
    assert_says(&error, &["sensors", "level between 0 and 100", "unexpected"]);
    db.close().await
}

#[tokio::test]
async fn a_name_in_another_case_is_the_same_table() -> Result<()> {
    let db = Database::memory().await?;
    db.execute_script("create table TEAMS (ID integer not null primary key)").await?;
    assert!(db.has_table("teams").await?);
    let error = db.create(Team).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Sql, "SQLite has one table of the name, whatever its case: {error}");
    db.create_if_missing(Team).await?;
    db.close().await
}
