//! Migrations: each step runs once, in order, and a changed step is refused.

use aio_sql::Migration;

use super::*;

const USERS: (&str, &str) = ("users", "create table users (id bigint primary key, name text not null)");
const INDEX: (&str, &str) =
    ("by name", "create index users_by_name on users (name); insert into users values (1, 's3cret')");
const NICK: (&str, &str) = ("nick", "alter table users add column nick text");

fn changed(step: &str) -> ErrorKind {
    ErrorKind::Migration { step: step.to_owned() }
}

async fn columns(db: &Database) -> Result<Vec<String>> {
    let schema = db.inspect().await?;
    let users = schema.tables().iter().find(|table| table.name() == "users").expect("the table");
    Ok(users.columns().iter().map(|column| column.name().to_owned()).collect())
}

async fn fill(db: &Database) -> Result<()> {
    assert_eq!(db.migrate(&[USERS, INDEX]).await?.steps().len(), 2);
    Ok(())
}

#[on_every_database]
async fn each_step_runs_once_and_in_order(db: Database) -> Result<()> {
    fill(&db).await?;
    assert_eq!(db.migrate(&[USERS, INDEX]).await?.steps().len(), 0);
    assert_eq!(db.migrate(&[USERS, INDEX, NICK]).await?.steps().len(), 1);
    assert_eq!(columns(&db).await?, ["id", "name", "nick"]);
    assert_eq!(sql!("select count(*) from users").scalar::<i64>(&db).await?, 1);
    db.close().await
}

#[on_every_database]
async fn a_step_that_was_changed_is_named_and_nothing_runs(db: Database) -> Result<()> {
    fill(&db).await?;
    for text in [
        "create table users (id bigint primary key, name text)",
        "create table users (id bigint primary key, name text not null, nick text)",
        "create table users (id bigint primary key, \"name\" text not null)",
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

#[on_every_database]
async fn a_step_that_is_missing_is_named(db: Database) -> Result<()> {
    fill(&db).await?;
    let error = failed(db.migrate(&[USERS]).await, changed("by name"));
    assert_says(&error, &["`by name`", "missing"]);
    failed(db.migrate(&[] as &[(&str, &str)]).await, changed("users"));
    failed(db.migrate(&[INDEX]).await, changed("users"));
    db.close().await
}

#[on_every_database]
async fn a_failed_step_is_rolled_back_as_a_whole_and_named(db: Database) -> Result<()> {
    let broken =
        ("broken", "create table half (x integer); insert into half values (1); insert into nowhere values ('s3cret')");
    let error = db.migrate(&[USERS, broken, NICK]).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Sql, "{error}");
    assert_says(&error, &["`broken`", "nowhere"]);
    assert!(!db.has_table("half").await? && db.has_table("users").await?);
    assert_eq!(
        db.migrate(&[USERS, ("broken", "create table half (x integer)"), NICK]).await?.steps().len(),
        2,
        "it was not recorded"
    );
    db.close().await
}

#[on_every_database]
async fn the_error_of_a_step_names_the_line(db: Database) -> Result<()> {
    let body = either(
        &db,
        "create trigger t after insert on a begin",
        "create function f() returns bigint language sql begin atomic",
    );
    let begin = format!(
        "-- The tables.\ncreate table a (x text unique);\n\n/* of\nthe rows */ insert into a values ('s3cret');\n\
         {body}\n  select 1;\n  select 2;\nend;\n"
    );
    for (rest, line, words) in [
        // The databases tell the place of the mistake inside of the statement.
        ("-- more\nselect x,\n  y\nfrom a;", 12, "y"),
        ("select x fro\nm a b;", 11, "syntax"),
        ("select x\n  from nowhere;", either(&db, 10, 11), "nowhere"),
        // They tell that the statement fails, which begins behind a comment.
        ("  -- twice\n\n  insert into a values ('s3cret');", 12, "x"),
        ("\ncreate table a (y text);", 11, "already exists"),
        ("\n\ncommit;", 12, "`Transaction::commit`"),
    ] {
        for text in [format!("{begin}{rest}"), format!("\u{feff}{}", format!("{begin}{rest}").replace('\n', "\r\n"))] {
            let step = Migration::new("0001_init", &text).file("migrations/0001_init.sql");
            let error = db.migrate(&[step]).await.expect_err(rest);
            assert_says(&error, &["`0001_init` (migrations/0001_init.sql)", &format!("line {line}: "), words]);
            assert!(!error.to_string().contains(SECRET), "{error}");
        }
    }
    let error = db.migrate(&[("one line", "select 1; select y")]).await.unwrap_err();
    assert!(!error.to_string().contains("line 1"), "{error}");
    db.close().await
}

#[on_every_database]
async fn a_step_that_ends_its_transaction_is_refused(db: Database) -> Result<()> {
    for text in [
        "create table half (x integer); commit; create table other (x integer)",
        "create table half (x integer); end",
        "create table half (x integer); COMMIT /* of the library */",
        "create table half (x integer); rollback",
        "begin; create table half (x integer)",
    ] {
        let error = failed(db.migrate(&[("escapes", text)]).await, ErrorKind::Usage);
        assert_says(&error, &["`escapes`", "transaction", "`Transaction::"]);
        assert!(!db.has_table("half").await? && !db.has_table("other").await?, "nothing of it is done");
    }
    assert_eq!(db.migrate(&[("escapes", USERS.1)]).await?.steps().len(), 1, "it was not recorded");
    db.close().await
}
