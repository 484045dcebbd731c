//! Batches in the groups that share a commit on SQLite, and batches that call a function of the
//! program.

use aio_sql::{Batch, Database, Executor, Outcome, Result, query, sql};

use crate::hold::{Item, Places, hold, item, numbers, sent};
use library::*;

#[path = "../batch/library.rs"]
mod library;

/// Opens a database with two items.
async fn items() -> Result<Database> {
    let db = Places::default().open(Database::builder(":memory:")).await?;
    Item::insert_all([item(1), item(2)]).execute(&db).await?;
    Ok(db)
}

#[tokio::test]
async fn batches_in_a_group_share_a_commit_and_fail_individually() -> Result<()> {
    let db = Database::memory().await?;
    fill_library(&db).await?;
    let held = hold(&db);
    let first = sent(Author::insert(author("first")).execute(&db));
    let good = sent(
        Batch::new()
            .one(Author::insert(author("in a batch")))
            .all(Author::select().columns(Author::ID))
            .execute(Author::insert(author("too")))
            .run(&db),
    );
    let bad = sent(async { Err::<(), _>(fails(&db).await) });
    let last = sent(Author::insert(author("last")).execute(&db));
    assert_eq!(db.metrics().queued_writes, 4);
    held.release().await?;
    assert_eq!(first.await?.rows_affected, 1);
    let (stored, seen, outcome): (Author, Vec<i64>, Outcome) = good.await?;
    // The batch sees the writes of the requests before it, and gets its own row ids.
    assert_eq!((stored.name.as_str(), seen.len()), ("in a batch", 5));
    assert_eq!((outcome.rows_affected, outcome.last_insert_id), (1, Some(stored.id + 1)));
    let error = bad.await.expect_err("it fails");
    assert!(error.is_unique() && error.statement() == Some(2), "{error:?}");
    assert_eq!(last.await?.rows_affected, 1);
    let metrics = db.metrics();
    assert_eq!((metrics.groups, metrics.grouped, metrics.undone_groups), (1, 4, 0), "{metrics:?}");
    assert_eq!(names(&db).await?, ["Borges", "Calvino", "Lem", "first", "in a batch", "too", "last"]);
    db.close().await
}

#[tokio::test]
async fn a_batch_that_ends_the_transaction_of_its_group_fails_only_itself() -> Result<()> {
    let db = Database::memory().await?;
    fill_library(&db).await?;
    db.execute_script(
        "create trigger bomb before delete on authors begin select raise(rollback, 'no author goes'); end",
    )
    .await?;
    let held = hold(&db);
    let first =
        sent(Batch::new().one(Author::insert(author("first"))).all(Author::select().columns(Author::ID)).run(&db));
    let bomb = sent(
        Batch::new()
            .execute(Author::insert(author("never")))
            .execute(Author::delete().filter(Author::ID.eq(1)))
            .run(&db),
    );
    let last = sent(Batch::new().execute(Author::insert(author("last"))).run(&db));
    held.release().await?;
    // The first batch ran again after the group was rolled back, and is answered once.
    let (stored, seen): (Author, Vec<i64>) = first.await?;
    assert_eq!((stored.name.as_str(), seen.len()), ("first", 4));
    let error = bomb.await.expect_err("the trigger");
    assert_eq!(error.statement(), Some(1));
    assert!(error.to_string().contains("no author goes"), "{error}");
    assert_eq!(last.await?.0.rows_affected, 1);
    assert_eq!(names(&db).await?, ["Borges", "Calvino", "Lem", "first", "last"]);
    assert_eq!(db.metrics().undone_groups, 1);
    db.close().await
}

#[tokio::test]
async fn a_batch_with_a_raw_query_shares_a_commit() -> Result<()> {
    let db = items().await?;
    let held = hold(&db);
    let a = sent(Item::insert(item(11)).execute(&db));
    let b =
        sent(Batch::new().execute(Item::insert(item(12))).one::<i64, _>(sql!("select count(*) from {Item}")).run(&db));
    let c = sent(Item::insert(item(13)).execute(&db));
    held.release().await?;
    a.await?;
    b.await?;
    c.await?;
    assert_eq!((db.metrics().groups, db.metrics().grouped), (1, 3));
    db.close().await
}

#[tokio::test]
async fn a_panic_in_a_function_fails_the_batch_and_nothing_of_it_is_written() -> Result<()> {
    let db = items().await?;
    for inside in [false, true] {
        let tx = if inside { Some(db.begin().await?) } else { None };
        let ex: &Executor = tx.as_deref().unwrap_or(&db);
        let error = Batch::new()
            .execute(Item::insert(item(50)))
            .execute(query("insert into item (number) values (panics())"))
            .run(ex)
            .await
            .expect_err("it panics");
        assert_eq!(error.statement(), Some(1), "{error:?}");
        assert_eq!(numbers(ex).await?, [1, 2]);
        assert_eq!(ex.in_transaction(), inside);
    }
    db.close().await
}
