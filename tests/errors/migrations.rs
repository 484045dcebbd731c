//! Migrations: each step runs once, in order, and a changed step is refused.

use aio_sql::Migration;

use super::*;

const USERS: (&str, &str) = ("users", "create table users (id integer primary key, name text not null)");
const INDEX: (&str, &str) =
    ("by name", "create index users_by_name on users (name); insert into users values (1, 's3cret')");
const NICK: (&str, &str) = ("nick", "alter table users add column nick text");

fn changed(step: &str) -> ErrorKind {
    ErrorKind::Migration { step: step.to_owned() }
}

async fn columns(db: &Database) -> Result<Vec<String>> {
    sql!("select name from pragma_table_info('users')").all(db).await
}

async fn migrated() -> Result<Database> {
    let db = Database::memory().await?;
    assert_eq!(db.migrate(&[USERS, INDEX]).await?.steps().len(), 2);
    Ok(db)
}

#[tokio::test]
async fn each_step_runs_once_and_in_order() -> Result<()> {
    let db = migrated().await?;
    assert_eq!(db.migrate(&[USERS, INDEX]).await?.steps().len(), 0);
    assert_eq!(db.migrate(&[USERS, INDEX, NICK]).await?.steps().len(), 1);
    assert_eq!(columns(&db).await?, ["id", "name", "nick"]);
    assert_eq!(sql!("select count(*) from users").scalar::<i64>(&db).await?, 1);
    db.close().await
}

#[tokio::test]
async fn the_way_a_step_is_written_may_change() -> Result<()> {
    let db = migrated().await?;
    let written = "-- the users of the house
        create  table users(
            id integer primary key, /* theirs */
            name text not null
        )";
    assert_eq!(db.migrate(&[("users", written), INDEX]).await?.steps().len(), 0);
    db.close().await
}

#[tokio::test]
async fn a_step_that_was_changed_is_named_and_nothing_runs() -> Result<()> {
    let db = migrated().await?;
    for text in [
        "create table users (id integer primary key, name text)",
        "create table users (id integer primary key, name text not null, nick text)",
        "create table users (id integer primary key, \"name\" text not null)",
        "",
    ] {
        let error = failed(db.migrate(&[("users", text), INDEX, NICK]).await, changed("users"));
        assert_says(&error, &["`users`", "changed", "add a new step"]);
    }
    let blanks_in_a_text = INDEX.1.replace("'s3cret'", "' s3cret'");
    failed(db.migrate(&[USERS, (INDEX.0, &blanks_in_a_text), NICK]).await, changed("by name"));
    assert_eq!(columns(&db).await?, ["id", "name"]);
    db.close().await
}

#[tokio::test]
async fn a_step_that_is_missing_is_named() -> Result<()> {
    let db = migrated().await?;
    let error = failed(db.migrate(&[USERS]).await, changed("by name"));
    assert_says(&error, &["`by name`", "missing"]);
    failed(db.migrate(&[] as &[(&str, &str)]).await, changed("users"));
    failed(db.migrate(&[INDEX]).await, changed("users"));
    db.close().await
}

#[tokio::test]
async fn steps_in_another_order_are_an_error() -> Result<()> {
    let db = migrated().await?;
    let error = failed(db.migrate(&[INDEX, USERS]).await, changed("users"));
    assert_says(&error, &["`users`", "`by name`"]);
    let error = failed(db.migrate(&[USERS, NICK, INDEX]).await, changed("nick"));
    assert_says(&error, &["`nick` was not run", "`by name`", "higher number"]);
    failed(db.migrate(&[USERS, ("renamed", INDEX.1)]).await, changed("by name"));
    assert_eq!(columns(&db).await?, ["id", "name"]);
    db.close().await
}

#[tokio::test]
async fn two_steps_of_one_name_are_refused() -> Result<()> {
    let db = Database::memory().await?;
    let error = failed(db.migrate(&[USERS, ("users", NICK.1)]).await, ErrorKind::Usage);
    assert_says(&error, &["`users`"]);
    assert!(db.table_names().await?.is_empty());
    db.close().await
}

#[tokio::test]
async fn a_failed_step_is_rolled_back_as_a_whole_and_named() -> Result<()> {
    let db = Database::memory().await?;
    let broken =
        ("broken", "create table half (x); insert into half values (1); insert into nowhere values ('s3cret')");
    let error = db.migrate(&[USERS, broken, NICK]).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Sql, "{error}");
    assert_says(&error, &["`broken`", "nowhere"]);
    assert!(!db.has_table("half").await? && db.has_table("users").await?);
    assert_eq!(
        db.migrate(&[USERS, ("broken", "create table half (x)"), NICK]).await?.steps().len(),
        2,
        "it was not recorded"
    );
    db.close().await
}

#[tokio::test]
async fn the_error_of_a_step_names_the_line() -> Result<()> {
    let db = Database::memory().await?;
    let begin = "-- The tables.\ncreate table a (x unique);\n\n/* of\nthe rows */ insert into a values ('s3cret');\n\
        create trigger t after insert on a begin\n  select 1;\n  select 2;\nend;\n";
    for (rest, line, words) in [
        // SQLite tells the place of the mistake inside of the statement.
        ("-- more\nselect x,\n  y\nfrom a;", 12, "y"),
        ("select x\n  from nowhere;", 10, "nowhere"),
        ("select x fro\nm a b;", 11, "syntax"),
        // It tells that the statement fails, which begins behind a comment.
        ("  -- twice\n\n  insert into a values ('s3cret');", 12, "x"),
        ("\ncreate table a (y);", 11, "already exists"),
        ("\n\ncommit;", 12, "`Transaction::commit`"),
    ] {
        for text in [format!("{begin}{rest}"), format!("\u{feff}{}", format!("{begin}{rest}").replace('\n', "\r\n"))] {
            let step = Migration::new("0001_init", &text).file("migrations/0001_init.sql");
            let error = db.migrate(&[step]).await.expect_err(rest);
            assert_says(&error, &["`0001_init` (migrations/0001_init.sql)", &format!("line {line}: "), words]);
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }
    let error = db.migrate(&[("one line", "select 1; select y")]).await.unwrap_err();
    assert!(!error.to_string().contains("line 1"), "{error}");
    db.close().await
}

#[tokio::test]
async fn a_step_that_ends_its_transaction_is_refused() -> Result<()> {
    let db = Database::memory().await?;
    for text in [
        "create table half (x); commit; create table other (x)",
        "create table half (x); end",
        "create table half (x); COMMIT /* of the library */",
        "create table half (x); rollback",
        "begin; create table half (x)",
    ] {
        let error = failed(db.migrate(&[("escapes", text)]).await, ErrorKind::Usage);
        assert_says(&error, &["`escapes`", "transaction", "`Transaction::"]);
        assert!(!db.has_table("half").await? && !db.has_table("other").await?, "nothing of it is done");
    }
    assert_eq!(db.migrate(&[("escapes", USERS.1)]).await?.steps().len(), 1, "it was not recorded");
    db.close().await
}

#[tokio::test]
async fn two_simultaneous_migrations_run_each_step_once() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    let (one, other) = (Database::open(&path).await?, Database::open(&path).await?);
    let run = |db: Database| tokio::spawn(async move { db.migrate(&[USERS, INDEX, NICK]).await });
    let (first, second) = (run(one.clone()), run(other.clone()));
    assert_eq!(first.await.unwrap()?.steps().len() + second.await.unwrap()?.steps().len(), 3);
    assert_eq!(columns(&other).await?, ["id", "name", "nick"]);
    one.close().await?;
    other.close().await
}
