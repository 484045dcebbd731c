//! The crate under another name, and no warning about the paths.

#![deny(warnings, unused_qualifications)]

mod library {
    pub(crate) use aio_sql as db;
}

use library::db::{self, sql};

#[derive(db::Table, Debug)]
#[table(name = "users", crate = "crate::library::db")]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    #[column(unique, collate = nocase)]
    email: String,
    #[column(default = now)]
    joined: std::time::SystemTime,
    #[column(references = User::ID)]
    friend_id: Option<i64>,
    level: Level,
}

#[derive(db::SqlType, Debug, PartialEq)]
#[sql_type(integer, crate = "crate::library::db")]
enum Level {
    Low = 1,
    High,
}

#[derive(db::Record)]
#[record(crate = "library::db")]
struct Line {
    email: String,
}

#[derive(db::Record)]
#[record(crate = "library::db")]
struct Numbered {
    number: i64,
    #[record(nested)]
    line: Option<Line>,
}

#[tokio::main]
async fn main() -> db::Result<()> {
    let db = db::Database::memory().await?;
    db.create(User).await?;
    let new = NewUser { email: "dana@example.org".into(), joined: None, friend_id: None, level: Level::High };
    User::insert(new).execute(&db).await?;
    let name = "DANA@example.org";
    let line: Line = sql!("select email from {User} where {User::EMAIL} = {name}").one(&db).await?;
    assert_eq!(line.email, "dana@example.org");
    let numbered: Numbered = sql!("select id as number, email from {User}").one(&db).await?;
    assert_eq!((numbered.number, numbered.line.map(|line| line.email)), (1, Some(line.email)));
    let ids: Vec<i64> = library::db::sql!("select id from users").all(&db).await?;
    assert_eq!(ids, [1]);
    db.close().await
}
