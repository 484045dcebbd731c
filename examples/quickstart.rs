//! A table, some rows, a query: `cargo run --example quickstart`.

use aio_sql::{Database, Result, Table, sql};

#[derive(Table, Clone, Debug)]
#[table(name = "users")]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    // A temporary directory, which is removed when the program ends.
    let directory = tempfile::tempdir().expect("a temporary directory");
    let db = Database::open(directory.path().join("test.db")).await?;
    db.create(User).await?;

    let conn = db.connect().await?; // its own thread
    for name in ["Jeremy Goodwin", "Natalie Hurley", "Dan Rydell", "Casey McCall", "Dana Whitaker"] {
        User::insert(NewUser { name: name.into() }).execute(&conn).await?;
    }
    let d_users = User::select().filter(User::NAME.starts_with("D")).all(&conn).await?;
    conn.close().await?;
    for user in d_users {
        println!("Username: {}", user.name);
    }

    db.transaction(|tx| async move {
        assert_eq!(sql!("select 1").scalar::<i64>(&tx).await?, 1);
        Ok(())
    })
    .await?;

    db.drop(User).await?;
    db.close().await
}
