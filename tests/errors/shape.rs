//! `create_if_missing` on a table with another shape: an error that lists the differences, and no
//! change.

use super::members::*;
use super::*;

/// Creates the table with a difference, and returns the differences that `create_if_missing` then
/// reports. On SQLite, a part of the library's DDL is replaced by another one; on PostgreSQL, the
/// table is changed.
async fn differences(db: &Database, (from, to): (&str, &str), change: &str) -> Result<Vec<String>> {
    if db.dialect() == Dialect::Sqlite {
        let script = Dialect::Sqlite.ddl((Team, Member))?.join(";\n");
        assert!(script.contains(from), "`{from}` in {script}");
        db.execute_script(script.replacen(from, to, 1)).await?;
    } else {
        db.create_all((Team, Member)).await?;
        db.execute_script(change).await?;
    }
    let differences = shape_error(db).await?;
    db.drop_all((Team, Member)).await?;
    Ok(differences)
}

async fn shape_error(db: &Database) -> Result<Vec<String>> {
    let before = db.inspect().await?;
    let error = db.create_if_missing((Team, Member)).await.unwrap_err();
    let ErrorKind::Shape { table, differences } = error.kind() else { panic!("{error:?}") };
    assert_eq!(table, "members");
    for difference in differences {
        assert_says(&error, &[difference, "members"]);
    }
    assert_eq!(db.inspect().await?, before, "nothing is changed");
    Ok(differences.clone())
}

#[track_caller]
fn assert_one(differences: &[String], words: &[&str]) {
    let [difference] = differences else { panic!("one difference in {differences:?}") };
    for word in words {
        assert!(difference.contains(word), "`{word}` in: {difference}");
    }
}

#[on_every_database]
async fn a_table_of_the_same_shape_is_accepted(db: Database) -> Result<()> {
    for _ in 0..2 {
        db.create_if_missing((Member, Team)).await?;
    }
    assert_eq!(db.table_names().await?, ["members", "teams"]);
    db.close().await
}

#[on_every_database]
async fn a_missing_column_is_listed(db: Database) -> Result<()> {
    let found = differences(&db, ("\"nick\" TEXT,", ""), "alter table members drop nick").await?;
    assert_one(&found, &["the column `nick` is missing", "TEXT"]);
    Ok(())
}

#[on_every_database]
async fn a_column_that_a_new_row_would_need_is_listed(db: Database) -> Result<()> {
    let more = ("\"nick\" TEXT,", "\"nick\" TEXT, extra BLOB NOT NULL,");
    let found = differences(&db, more, "alter table members add extra bytea not null").await?;
    assert_one(&found, &["`extra`", "has no field", either(&db, "BLOB NOT NULL", "BYTEA NOT NULL")]);
    Ok(())
}

#[on_every_database]
async fn another_type_is_listed(db: Database) -> Result<()> {
    let change = "alter table members alter nick type bytea using null";
    let found = differences(&db, ("\"nick\" TEXT", "\"nick\" BLOB"), change).await?;
    assert_one(&found, &[either(&db, "`nick` is BLOB", "`nick` is BYTEA"), "expected TEXT"]);
    Ok(())
}

#[on_every_database]
async fn another_nullability_is_listed(db: Database) -> Result<()> {
    let required = ("\"nick\" TEXT", "\"nick\" TEXT NOT NULL");
    assert_one(
        &differences(&db, required, "alter table members alter nick set not null").await?,
        &[either(
            &db,
            "`nick` is TEXT NOT NULL: expected TEXT",
            "`nick` is TEXT NOT NULL COLLATE C: expected TEXT COLLATE C",
        )],
    );
    let optional = ("\"name\" TEXT NOT NULL", "\"name\" TEXT");
    assert_one(
        &differences(&db, optional, "alter table members alter name drop not null").await?,
        &[either(
            &db,
            "`name` is TEXT: expected TEXT NOT NULL",
            "`name` is TEXT COLLATE C: expected TEXT NOT NULL COLLATE C",
        )],
    );
    Ok(())
}

#[on_every_database]
async fn another_default_is_listed(db: Database) -> Result<()> {
    let other = ("DEFAULT 18", "DEFAULT 21");
    assert_one(
        &differences(&db, other, "alter table members alter age set default 21").await?,
        &["`age`", "DEFAULT 21", "DEFAULT 18"],
    );
    assert_one(
        &differences(&db, (" DEFAULT 18", ""), "alter table members alter age drop default").await?,
        &["`age`", either(&db, "expected INTEGER NOT NULL DEFAULT 18", "expected BIGINT NOT NULL DEFAULT 18")],
    );
    Ok(())
}

#[on_every_database]
async fn a_missing_index_is_listed(db: Database) -> Result<()> {
    db.create_all((Team, Member)).await?;
    sql!("drop index ix_members_name").execute(&db).await?;
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

#[on_every_database]
async fn a_missing_unique_constraint_is_listed(db: Database) -> Result<()> {
    let unique = "CONSTRAINT \"uq_members_name_age\" UNIQUE (\"name\", \"age\"),";
    let found = differences(&db, (unique, ""), "alter table members drop constraint uq_members_name_age").await?;
    assert_one(&found, &["the UNIQUE (name, age) is missing"]);
    Ok(())
}

/// Returns a statement of PostgreSQL that replaces the foreign key by another one.
fn other_key(references: &str) -> String {
    format!(
        "alter table members drop constraint fk_members_team_id,
             add constraint fk_members_team_id foreign key (team_id) references {references}"
    )
}

#[on_every_database]
async fn another_foreign_key_is_listed(db: Database) -> Result<()> {
    let cascade = " ON DELETE CASCADE";
    assert_one(
        &differences(&db, (cascade, ""), &other_key("teams (id)")).await?,
        &["the foreign key (team_id)", "on delete NO ACTION", "on delete CASCADE"],
    );
    let both = (cascade, " ON DELETE CASCADE ON UPDATE CASCADE");
    assert_one(
        &differences(&db, both, &other_key("teams (id) on delete cascade on update cascade")).await?,
        &["on update CASCADE"],
    );
    let clubs = ("REFERENCES \"teams\" (\"id\")", "REFERENCES \"clubs\" (\"number\")");
    let change = format!("create table clubs (number bigint primary key); {}", other_key("clubs (number)"));
    assert_one(
        &differences(&db, clubs, &change).await?,
        &["the foreign key (team_id)", "clubs (number)", "teams (id)"],
    );
    Ok(())
}

#[on_every_database]
async fn a_foreign_key_that_is_deferred_is_another(db: Database) -> Result<()> {
    let deferred = ("ON DELETE CASCADE", "ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED");
    let change = other_key("teams (id) on delete cascade deferrable initially deferred");
    assert_one(&differences(&db, deferred, &change).await?, &["the foreign key (team_id)", "deferred"]);
    Ok(())
}

#[on_every_database]
async fn a_missing_check_is_listed(db: Database) -> Result<()> {
    let missing = (" CONSTRAINT \"ck_members_age\" CHECK (age >= 0)", "");
    let found = differences(&db, missing, "alter table members drop constraint ck_members_age").await?;
    assert_one(&found, &["the check (age >= 0) is missing"]);
    let change = "alter table members drop constraint ck_members_1, add check (age < 150)";
    let other = differences(&db, ("CHECK (age < 200)", "CHECK (age < 150)"), change).await?;
    assert!(other.iter().any(|line| line.contains("(age < 200) is missing")), "{other:?}");
    // A check that the struct does not have may be there if the table is not STRICT, as no table
    // of PostgreSQL is.
    let unexpected = other.iter().filter(|line| line.contains("(age < 150) is unexpected")).count();
    assert_eq!((unexpected, other.len()), either(&db, (1, 2), (0, 1)), "{other:?}");
    Ok(())
}

#[on_every_database]
async fn another_primary_key_is_listed(db: Database) -> Result<()> {
    let key = "\"id\" INTEGER CONSTRAINT \"pk_members\" PRIMARY KEY NOT NULL";
    let change = "alter table members drop constraint pk_members";
    let found = differences(&db, (key, "\"id\" INTEGER NOT NULL"), change).await?;
    let part = "NOT NULL, part 1 of the primary key";
    assert_one(&found, &["`id`", &format!("expected {} {part}", either(&db, "INTEGER", "BIGINT"))]);
    Ok(())
}

#[on_every_database]
async fn a_generated_column_that_is_a_plain_one_is_listed(db: Database) -> Result<()> {
    let plain = (" GENERATED ALWAYS AS (lower(name)) VIRTUAL", "");
    let found = differences(&db, plain, "alter table members alter label drop expression").await?;
    assert_one(&found, &["`label`", "generated"]);
    Ok(())
}

#[on_every_database]
async fn another_expression_of_a_generated_column_is_listed(db: Database) -> Result<()> {
    let change = "alter table members drop label,
         add label text collate \"C\" not null generated always as (upper(name)) stored";
    let found = differences(&db, ("(lower(name))", "(upper(name))"), change).await?;
    assert_one(&found, &["`label`", "upper(name)", "lower(name)"]);
    Ok(())
}

#[on_every_database]
async fn another_collation_is_listed(db: Database) -> Result<()> {
    let other = ("\"nick\" TEXT", "\"nick\" TEXT COLLATE NOCASE");
    let found = differences(&db, other, "alter table members alter nick type text collate \"POSIX\"").await?;
    assert_one(&found, &["`nick`", either(&db, "NOCASE", "POSIX")]);
    Ok(())
}

#[on_every_database]
async fn all_differences_are_listed_at_once(db: Database) -> Result<()> {
    db.create(Team).await?;
    let table = either(
        &db,
        "create table members (id integer primary key, name blob, extra not null)",
        "create table members (id bigint primary key, name bytea, extra text not null)",
    );
    db.execute_script(table).await?;
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

#[on_every_database]
async fn nothing_is_created_beside_a_table_of_another_shape(db: Database) -> Result<()> {
    db.execute_script("create table members (id bigint primary key)").await?;
    db.create_if_missing((Team, Member)).await.unwrap_err();
    assert_eq!(db.table_names().await?, ["members"]);
    db.close().await
}
