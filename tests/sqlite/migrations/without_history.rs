//! A database whose tables were created without steps: by `create_if_missing`, or by another
//! program.

use aio_sql::Table;

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
struct Note {
    #[column(primary_key, auto)]
    id: i64,
    #[column(index)]
    text: String,
}

/// The statements that `create_if_missing` runs for a note.
const INIT: (&str, &str) = (
    "0001_init",
    "create table note (id integer primary key not null, text text not null) strict;
     create index ix_note_text on note (text)",
);
const SLUG: (&str, &str) = ("0002_slug", "alter table note add column slug text");
const FILL: (&str, &str) = ("0003_fill", "update note set slug = lower(text)");

async fn created() -> Result<Database> {
    let db = Database::memory().await?;
    db.create_if_missing(Note).await?;
    Ok(db)
}

#[track_caller]
fn assert_report(report: &MigrationReport, recorded: &[&str], steps: &[&str]) {
    assert_eq!((report.recorded(), report.steps()), (&owned(recorded)[..], &owned(steps)[..]));
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn create_if_missing_and_migrate_may_be_called_in_either_order() -> Result<()> {
    let db = created().await?;
    sql!("insert into note (text) values ('One')").execute(&db).await?;
    for start in 0..2 {
        db.create_if_missing(Note).await?;
        let recorded = if start == 0 { &["0001_init"][..] } else { &[] };
        assert_report(&db.migrate(&[INIT]).await?, recorded, &[]);
    }
    assert_eq!(sql!("select text from note").all::<String>(&db).await?, ["One"]);
    db.close().await?;
    let db = Database::memory().await?;
    for start in 0..2 {
        let steps = if start == 0 { &["0001_init"][..] } else { &[] };
        assert_report(&db.migrate(&[INIT]).await?, &[], steps);
        db.create_if_missing(Note).await?;
    }
    db.close().await
}

#[tokio::test]
async fn an_old_database_is_brought_up_to_date_from_the_step_that_it_has() -> Result<()> {
    let db = created().await?;
    sql!("insert into note (text) values ('One')").execute(&db).await?;
    // Tables that no step makes do not count.
    db.execute_script("create table other (x)").await?;
    assert_report(&db.migrate(&[INIT, SLUG, FILL]).await?, &["0001_init"], &["0002_slug", "0003_fill"]);
    assert_eq!(sql!("select slug from note").scalar::<String>(&db).await?, "one");
    db.close().await
}

#[tokio::test]
async fn a_step_that_changes_only_rows_runs_after_the_tables_were_recognized() -> Result<()> {
    let db = created().await?;
    db.execute_script("alter table note add column slug text; insert into note (text) values ('One')").await?;
    assert_report(&db.migrate(&[INIT, SLUG, FILL]).await?, &["0001_init", "0002_slug"], &["0003_fill"]);
    assert_eq!(sql!("select slug from note").scalar::<String>(&db).await?, "one");
    db.close().await?;
    // Another program, of which there are signs, may have run it already.
    let db = created().await?;
    db.execute_script("alter table note add column slug text; create table _sqlx_migrations (version)").await?;
    let error = db.migrate(&[INIT, SLUG, FILL]).await.expect_err("it cannot be decided");
    assert_eq!(error.kind(), &ErrorKind::Migration { step: "0003_fill".to_owned() });
    assert_says(&error, &["no history", "`0002_slug`", "`0003_fill`", "`Database::baseline`"]);
    db.baseline(&[INIT, SLUG, FILL], "0003_fill").await?;
    assert_report(&db.migrate(&[INIT, SLUG, FILL]).await?, &[], &[]);
    db.close().await
}

#[tokio::test]
async fn rows_that_the_steps_insert_are_not_left_out() -> Result<()> {
    let seeds = ("0001_init", &*format!("{}; insert into note (text) values ('Welcome')", INIT.1));
    let db = created().await?;
    let error = db.migrate(&[seeds, SLUG]).await.expect_err("the row is missing");
    assert_eq!(error.kind(), &ErrorKind::Migration { step: "0001_init".to_owned() });
    assert_says(
        &error,
        &["`0001_init`", "no rows in note", "`migrate` alone", "Database::baseline(.., \"0001_init\")"],
    );
    sql!("insert into note (text) values ('Hello')").execute(&db).await?;
    assert_report(&db.migrate(&[seeds, SLUG]).await?, &["0001_init"], &["0002_slug"]);
    db.close().await
}

#[tokio::test]
async fn tables_of_another_shape_are_not_recognized() -> Result<()> {
    for change in [
        "alter table note add column other text",
        "drop index ix_note_text",
        "create trigger t after insert on note begin select 1; end",
        "create unique index note_unique on note (text)",
    ] {
        let db = created().await?;
        db.execute_script(change).await?;
        let error = db.migrate(&[INIT, SLUG]).await.expect_err(change);
        assert_eq!(error.kind(), &ErrorKind::Sql, "{change}: {error}");
        assert_says(&error, &["`0001_init`", "already exists", "`Database::baseline`"]);
        assert_eq!(sql!("select count(*) from sqlite_schema where name like '_aio%'").scalar::<i64>(&db).await?, 0);
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn steps_that_need_tables_which_no_step_makes_are_run() -> Result<()> {
    let db = created().await?;
    let trigger = ("trigger", "create trigger t after insert on note begin select 1; end");
    assert_report(&db.migrate(&[trigger, SLUG]).await?, &[], &["trigger", "0002_slug"]);
    db.close().await
}
