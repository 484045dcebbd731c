//! A panic in a closure that gets the connection.

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "items")]
struct Item {
    #[column(primary_key, auto)]
    id: i64,
    text: String,
}

async fn database() -> Result<Database> {
    let db = Database::memory().await?;
    db.create(Item).await?;
    Item::insert(NewItem { text: SECRET.into() }).execute(&db).await?;
    Ok(db)
}

#[tokio::test]
async fn a_panic_on_the_connections_thread_is_an_error_and_the_thread_survives() -> Result<()> {
    let db = database().await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        let error = ex.run(|_| panic!("not today")).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Panic);
        assert_says(&error, &["not today"]);
        assert_eq!(Item::select().count(ex).await?, 1);
    }
    conn.close().await?;
    db.close().await
}
