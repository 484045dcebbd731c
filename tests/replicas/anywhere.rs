//! What `on_replica` does on every database, also without a replica.

use aio_sql::{Batch, Database, Error, ErrorKind, Result, TransactionMode, query, sql};
use futures_lite::StreamExt;
use servers::on_every_database;

use crate::{Author, Book, NewAuthor, NewBook, fill};

#[on_every_database]
async fn without_a_replica_reads_run_on_the_database_itself(db: Database) -> Result<()> {
    fill(&db).await?;
    let reads = db.on_replica();
    assert_eq!(Author::find(2).one(&reads).await?.name, "Jane Austen");
    assert_eq!(Author::select().count(&reads).await?, 2);
    assert!(Book::select().exists(&reads).await?);
    assert_eq!(Book::select().with(Author).all(&reads).await?[0].1.name, "Jane Austen");
    let id = 1;
    assert_eq!(sql!("select name from author where id = {id}").scalar::<String>(&reads).await?, "Mary Shelley");
    assert_eq!(Author::select().stream(&reads).count().await, 2);
    let batch = Batch::new().all(Author::select()).one(query("select count(*) from book"));
    let (authors, books): (Vec<Author>, i64) = batch.run(&reads).await?;
    assert_eq!((authors.len(), books), (2, 1));
    assert_eq!(Author::select().order_by(Author::ID).page(1).all(&reads).await?.rows.len(), 1);
    let tx = reads.begin_with(TransactionMode::ReadOnly).await?;
    assert_eq!(Author::select().count(&tx).await?, 2);
    tx.commit().await?;
    assert!(db.replicas().await?.is_empty());
    db.close().await?;
    assert!(db.replicas().await.unwrap_err().is_closed());
    Ok(())
}

#[on_every_database]
async fn what_writes_is_refused_with_and_without_a_replica(db: Database) -> Result<()> {
    fill(&db).await?;
    refuses_writes(&db).await
}

/// Checks that whatever writes is refused by `on_replica`, and has no effect.
pub(crate) async fn refuses_writes(db: &Database) -> Result<()> {
    let reads = db.on_replica();
    let author = || NewAuthor { name: "Bram Stoker".into() };
    let book = || NewBook { author_id: 1, title: "Dracula".into() };
    let insert = "insert into author (name) values ('Bram Stoker')";
    let batch = Batch::new().all(Author::select()).execute(Book::insert(book()));
    let raw_batch = Batch::new().one(query("select count(*) from author")).execute(query("delete from book"));
    let errors: [Error; 13] = [
        Author::insert(author()).execute(&reads).await.unwrap_err(),
        Author::insert(author()).one(&reads).await.unwrap_err(),
        Author::insert_all([author(), author()]).execute(&reads).await.unwrap_err(),
        Author::update().set(Author::NAME, "x").all_rows().execute(&reads).await.unwrap_err(),
        Book::delete().all_rows().execute(&reads).await.unwrap_err(),
        query(insert).execute(&reads).await.unwrap_err(),
        query("with one as (select 1) delete from book").execute(&reads).await.unwrap_err(),
        query(format!("{insert} returning id")).scalar::<i64>(&reads).await.unwrap_err(),
        batch.run(&reads).await.map(drop).unwrap_err(),
        raw_batch.run(&reads).await.map(|_: (i64, _)| ()).unwrap_err(),
        reads.execute_script(insert).await.unwrap_err(),
        reads.begin().await.unwrap_err(),
        reads.transaction(|_| async { Ok(()) }).await.unwrap_err(),
    ];
    for (number, error) in errors.iter().enumerate() {
        assert_eq!(*error.kind(), ErrorKind::ReadOnly, "{number}: {error:?}");
        assert!(error.to_string().contains("on_replica"), "{number}: {error}");
    }
    assert_eq!(*reads.connect().await.unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(Author::select().count(db).await?, 2);
    assert_eq!(Book::select().count(db).await?, 1);
    Ok(())
}

#[on_every_database]
async fn on_a_connection_and_in_a_transaction_statements_run_there_as_before(db: Database) -> Result<()> {
    fill(&db).await?;
    let tx = db.begin().await?;
    Author::insert(NewAuthor { name: "Bram Stoker".into() }).execute(&tx.on_replica()).await?;
    assert_eq!(Author::select().count(&tx.on_replica()).await?, 3);
    tx.rollback().await?;
    let conn = db.connect().await?;
    Author::insert(NewAuthor { name: "Bram Stoker".into() }).execute(&conn.on_replica()).await?;
    assert_eq!(Author::select().count(&conn).await?, 3);
    Ok(())
}

#[tokio::test]
async fn sqlite_has_no_replicas() {
    let error = Database::builder(":memory:").replica("postgres://replica/app").open().await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unsupported { database: "sqlite", what: "setting `replica`".into() });
}
