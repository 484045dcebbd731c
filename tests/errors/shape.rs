//! `create_if_missing` on a table with another shape: an error that lists the differences, and no
//! change.

use super::*;

#[derive(Table, Clone, Debug)]
#[table(name = "teams")]
struct Team {
    #[column(primary_key)]
    id: i64,
}

#[derive(Table, Clone, Debug)]
#[table(name = "members", index(name), unique(name, age), check = "age < 200")]
struct Member {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    #[column(default = 18, check = "age >= 0")]
    age: i64,
    nick: Option<String>,
    #[column(references = Team::ID, on_delete = cascade)]
    team_id: i64,
    #[column(generated = "name || age")]
    label: String,
}

/// Returns the library's DDL for the struct: that of the table, and those of its indexes.
async fn ddl() -> Result<(String, Vec<String>)> {
    let db = Database::memory().await?;
    db.create_all((Team, Member)).await?;
    let table = sql!("select sql from sqlite_schema where name = 'members'").scalar(&db).await?;
    let indexes =
        sql!("select sql from sqlite_schema where type = 'index' and tbl_name = 'members' and sql is not null")
            .all(&db)
            .await?;
    db.close().await?;
    Ok((table, indexes))
}

/// Creates the table by the library's DDL, in which `to` replaces `from`, and returns the
/// differences that `create_if_missing` then reports.
async fn differences(from: &str, to: &str) -> Result<Vec<String>> {
    let (table, indexes) = ddl().await?;
    assert!(table.contains(from), "`{from}` in {table}");
    let db = Database::memory().await?;
    db.create(Team).await?;
    let mut script = table.replacen(from, to, 1);
    for index in indexes {
        script = format!("{script}; {index}");
    }
    db.execute_script(script).await?;
    shape_error(&db).await
}

async fn shape_error(db: &Database) -> Result<Vec<String>> {
    let before: Vec<Option<String>> = sql!("select sql from sqlite_schema order by name").all(db).await?;
    let error = db.create_if_missing((Team, Member)).await.unwrap_err();
    let ErrorKind::Shape { table, differences } = error.kind() else { panic!("{error:?}") };
    assert_eq!(table, "members");
    for difference in differences {
        assert_says(&error, &[difference, "members"]);
    }
    let after: Vec<Option<String>> = sql!("select sql from sqlite_schema order by name").all(db).await?;
    assert_eq!(after, before, "nothing is changed");
    Ok(differences.clone())
}

#[track_caller]
fn assert_one(differences: &[String], words: &[&str]) {
    let [difference] = differences else { panic!("one difference in {differences:?}") };
    for word in words {
        assert!(difference.contains(word), "`{word}` in: {difference}");
    }
}

#[tokio::test]
async fn a_table_of_the_same_shape_is_accepted() -> Result<()> {
    let db = Database::memory().await?;
    for _ in 0..2 {
        db.create_if_missing((Member, Team)).await?;
    }
    assert_eq!(db.table_names().await?, ["members", "teams"]);
    db.close().await
}

#[tokio::test]
async fn spelling_is_not_a_difference() -> Result<()> {
    let db = Database::memory().await?;
    db.create(Team).await?;
    db.execute_script(
        "create table Members ( -- by hand
            id integer primary key,
            name text not null, age integer default 18 not null check (age>=0), nick text,
            team_id integer not null references teams(id) on delete cascade,
            label text not null generated always as (name||age) virtual,
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
async fn a_missing_column_is_listed() -> Result<()> {
    assert_one(&differences("\"nick\" TEXT,", "").await?, &["the column `nick` is missing", "TEXT"]);
    Ok(())
}

#[tokio::test]
async fn a_column_that_a_new_row_would_need_is_listed() -> Result<()> {
    let more = "\"nick\" TEXT, extra BLOB NOT NULL,";
    assert_one(&differences("\"nick\" TEXT,", more).await?, &["`extra`", "has no field", "BLOB NOT NULL"]);
    Ok(())
}

#[tokio::test]
async fn another_type_is_listed() -> Result<()> {
    assert_one(&differences("\"nick\" TEXT", "\"nick\" BLOB").await?, &["`nick` is BLOB", "expected TEXT"]);
    Ok(())
}

#[tokio::test]
async fn another_nullability_is_listed() -> Result<()> {
    assert_one(
        &differences("\"nick\" TEXT", "\"nick\" TEXT NOT NULL").await?,
        &["`nick` is TEXT NOT NULL: expected TEXT"],
    );
    assert_one(
        &differences("\"name\" TEXT NOT NULL", "\"name\" TEXT").await?,
        &["`name` is TEXT: expected TEXT NOT NULL"],
    );
    Ok(())
}

#[tokio::test]
async fn another_default_is_listed() -> Result<()> {
    assert_one(&differences("DEFAULT 18", "DEFAULT 21").await?, &["`age`", "DEFAULT 21", "DEFAULT 18"]);
    assert_one(&differences(" DEFAULT 18", "").await?, &["`age`", "expected INTEGER NOT NULL DEFAULT 18"]);
    Ok(())
}

#[tokio::test]
async fn a_missing_index_is_listed() -> Result<()> {
    let (table, indexes) = ddl().await?;
    assert_eq!(indexes.len(), 1);
    let db = Database::memory().await?;
    db.create(Team).await?;
    query(table).execute(&db).await?;
    assert_one(&shape_error(&db).await?, &["the index `ix_members_name` is missing"]);
    sql!("create unique index ix_members_name on members (name)").execute(&db).await?;
    assert_one(&shape_error(&db).await?, &["`ix_members_name` is unique on"]);
    sql!("drop index ix_members_name").execute(&db).await?;
    sql!("create index ix_members_name on members (nick)").execute(&db).await?;
    assert_one(&shape_error(&db).await?, &["`ix_members_name`", "nick", "name"]);
    sql!("drop index ix_members_name").execute(&db).await?;
    sql!("create index ix_members_name on members (name) where age > 5").execute(&db).await?;
    assert_one(&shape_error(&db).await?, &["`ix_members_name`", "age > 5"]);
    db.close().await
}

#[tokio::test]
async fn a_missing_unique_constraint_is_listed() -> Result<()> {
    let unique = "CONSTRAINT \"uq_members_name_age\" UNIQUE (\"name\", \"age\"),";
    assert_one(&differences(unique, "").await?, &["the UNIQUE (name, age) is missing"]);
    Ok(())
}

#[tokio::test]
async fn another_foreign_key_is_listed() -> Result<()> {
    let cascade = " ON DELETE CASCADE";
    assert_one(
        &differences(cascade, "").await?,
        &["the foreign key (team_id)", "on delete NO ACTION", "on delete CASCADE"],
    );
    assert_one(&differences(cascade, " ON DELETE CASCADE ON UPDATE CASCADE").await?, &["on update CASCADE"]);
    assert_one(
        &differences("REFERENCES \"teams\" (\"id\")", "REFERENCES \"clubs\" (\"number\")").await?,
        &["the foreign key (team_id)", "clubs (number)", "teams (id)"],
    );
    Ok(())
}

#[tokio::test]
async fn a_foreign_key_that_is_deferred_is_another() -> Result<()> {
    let cascade = "ON DELETE CASCADE";
    let deferred = "ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED";
    assert_one(&differences(cascade, deferred).await?, &["the foreign key (team_id)", "deferred"]);
    Ok(())
}

#[tokio::test]
async fn a_missing_check_is_listed() -> Result<()> {
    assert_one(
        &differences(" CONSTRAINT \"ck_members_age\" CHECK (age >= 0)", "").await?,
        &["the check (age >= 0) is missing"],
    );
    let other = differences("CHECK (age < 200)", "CHECK (age < 150)").await?;
    assert_eq!(other.len(), 2, "{other:?}");
    assert!(other.iter().any(|line| line.contains("(age < 200) is missing")), "{other:?}");
    assert!(other.iter().any(|line| line.contains("(age < 150) is unexpected")), "{other:?}");
    Ok(())
}

#[tokio::test]
async fn another_primary_key_is_listed() -> Result<()> {
    let key = "\"id\" INTEGER CONSTRAINT \"pk_members\" PRIMARY KEY NOT NULL";
    assert_one(
        &differences(key, "\"id\" INTEGER NOT NULL").await?,
        &["`id`", "expected INTEGER NOT NULL, part 1 of the primary key"],
    );
    Ok(())
}

#[tokio::test]
async fn a_generated_column_that_is_a_plain_one_is_listed() -> Result<()> {
    assert_one(&differences(" GENERATED ALWAYS AS (name || age) VIRTUAL", "").await?, &["`label`", "generated"]);
    assert_one(
        &differences("(name || age) VIRTUAL", "(name || age) STORED").await?,
        &["`label`", "and stored", "and not stored"],
    );
    Ok(())
}

#[tokio::test]
async fn another_expression_of_a_generated_column_is_listed() -> Result<()> {
    assert_one(&differences("(name || age)", "(age || name)").await?, &["`label`"]);
    Ok(())
}

#[tokio::test]
async fn another_collation_is_listed() -> Result<()> {
    assert_one(&differences("\"nick\" TEXT", "\"nick\" TEXT COLLATE NOCASE").await?, &["`nick`", "NOCASE"]);
    Ok(())
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
async fn all_differences_are_listed_at_once() -> Result<()> {
    let db = Database::memory().await?;
    db.create(Team).await?;
    db.execute_script("create table members (id integer primary key, name blob, extra not null)").await?;
    let differences = shape_error(&db).await?;
    for word in [
        "`name`",
        "`age`",
        "`nick`",
        "`team_id`",
        "`label`",
        "`extra`",
        "UNIQUE",
        "index",
        "foreign key",
        "age >= 0",
        "age < 200",
    ] {
        assert!(differences.iter().any(|line| line.contains(word)), "`{word}` in {differences:#?}");
    }
    db.close().await
}

#[tokio::test]
async fn nothing_is_created_beside_a_table_of_another_shape() -> Result<()> {
    let db = Database::memory().await?;
    db.execute_script("create table members (id integer primary key)").await?;
    db.create_if_missing((Team, Member)).await.unwrap_err();
    assert_eq!(db.table_names().await?, ["members"]);
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
