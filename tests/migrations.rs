//! Migrations: steps of SQL and of Rust, each of which is run once per database and loses nothing
//! unnoticed.

use aio_sql::{Database, Error, ErrorKind, Migration, Migrations, Result, TransactionMode, query, rusqlite, sql};

use hold::{LONG, Places, poll};
use polling::{block_on, poll_times};

mod hold;
mod polling;

#[path = "migrations/backup.rs"]
mod backup;
#[path = "migrations/baseline.rs"]
mod baseline;
#[path = "migrations/embedded.rs"]
mod embedded;
#[path = "migrations/foreign_keys.rs"]
mod foreign_keys;
#[path = "migrations/history.rs"]
mod history;
#[path = "migrations/processes.rs"]
mod processes;
#[path = "migrations/progress.rs"]
mod progress;
#[path = "migrations/rebuild.rs"]
mod rebuild;
#[path = "migrations/rust_steps.rs"]
mod rust_steps;
#[path = "migrations/squash.rs"]
mod squash;
#[path = "migrations/waiting.rs"]
mod waiting;
#[path = "migrations/whole_histories.rs"]
mod whole_histories;
#[path = "migrations/without_history.rs"]
mod without_history;

const AUTHORS: (&str, &str) = (
    "authors",
    "create table author (id integer primary key, name text);
     create table book (id integer primary key, title text, author_id integer references author on delete cascade);
     create table essay (id integer primary key, author integer references author (id) on delete set null);
     create table letter (a integer, b integer references author on delete set default);
     insert into author values (1, 'Ada'), (2, 'Bo');
     insert into book values (1, 'x', 1), (2, 'y', 2), (3, 'z', null);
     insert into essay values (1, 1); insert into letter values (1, 2)",
);

const REBUILT: &str = "create table author_new (id integer primary key, name text not null default '');
    insert into author_new select * from author;
    drop table author;
    alter table author_new rename to author";

async fn authors() -> Result<Database> {
    let db = Database::builder(":memory:").max_connections(1).open().await?;
    db.migrate(&[AUTHORS]).await?;
    Ok(db)
}

/// Returns the rows of all tables as one text.
async fn rows(db: &Database) -> Result<String> {
    let text = "select (select group_concat(id || name) from author) || ';' ||
        (select group_concat(title || coalesce(author_id, '-')) from book) || ';' ||
        (select group_concat(coalesce(author, '-')) from essay) || ';' || (select group_concat(coalesce(b, '-')) from letter)";
    query(text).scalar(db).await
}

const ALL: &str = "1Ada,2Bo;x1,y2,z-;1;2";

/// Returns the number of requests that all connections of a database have run.
fn requests(db: &Database) -> u64 {
    db.metrics().connections.iter().map(|connection| connection.requests).sum()
}

#[track_caller]
fn assert_says(error: &Error, words: &[&str]) {
    for word in words {
        assert!(error.to_string().contains(word), "`{word}` in: {error}");
    }
}
