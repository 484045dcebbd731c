//! Batches, inserts of many rows and backups, what was wrong once: each test failed when it was written.

use std::fs;
use std::path::Path;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aio_sql::*;
use futures_lite::stream;
use hold::{Item, Place, hold, item, poll, sent};
mod hold;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(without_rowid)]
struct Word {
    #[column(primary_key)]
    text: String,
}

async fn items() -> Result<Database> {
    let db = Database::builder(":memory:")?.readers(1).max_connections(2).open().await?;
    db.create(Item).await?;
    Ok(db)
}

#[tokio::test]
async fn an_insert_into_a_table_without_numbers_has_none_in_a_batch_either() -> Result<()> {
    let db = items().await?;
    db.create(Word).await?;
    let (_, word) =
        Batch::new().execute(Item::insert(item(1))).execute(Word::insert(Word { text: "a".into() })).run(&db).await?;
    assert_eq!(word.last_insert_id, None);
    db.close().await
}

#[tokio::test]
async fn a_record_whose_column_is_missing_is_told_with_the_statement() -> Result<()> {
    #[derive(Record, Debug)]
    #[expect(dead_code, reason = "the column is missing")]
    struct Named {
        name: String,
    }
    let db = items().await?;
    let error = Batch::new()
        .one(sql!("select 1"))
        .one(sql!("select 1 as x"))
        .run(&db)
        .await
        .map(|r: (i64, Named)| r)
        .unwrap_err();
    assert_eq!(error.statement(), Some(1), "{error:?}");
    db.close().await
}

#[tokio::test]
async fn a_text_that_is_no_sql_is_told_with_its_statement_where_all_only_read() -> Result<()> {
    let db = items().await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        let error = Batch::new().all(Item::select()).one::<i64, _>(query("selec 1")).run(ex).await.unwrap_err();
        assert_eq!((error.statement(), error.sql()), (Some(1), Some("selec 1")), "{error:?}");
    }
    db.close().await
}

#[tokio::test]
async fn begin_behind_a_read_is_told_with_its_statement() -> Result<()> {
    let db = items().await?;
    let error = Batch::new().all(Item::select()).execute(query("begin")).run(&db).await.unwrap_err();
    assert_eq!((error.kind(), error.statement()), (&ErrorKind::Usage, Some(1)), "{error:?}");
    db.close().await
}

#[tokio::test]
async fn a_batch_with_a_raw_query_shares_a_commit() -> Result<()> {
    let db = items().await?;
    let held = hold(&db);
    let a = sent(Item::insert(item(1)).execute(&db));
    let b =
        sent(Batch::new().execute(Item::insert(item(2))).one::<i64, _>(sql!("select count(*) from {Item}")).run(&db));
    let c = sent(Item::insert(item(3)).execute(&db));
    held.let_go().await?;
    a.await?;
    b.await?;
    c.await?;
    assert_eq!((db.metrics().groups, db.metrics().grouped), (1, 3));
    db.close().await
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "kinds")]
struct Kind {
    #[column(primary_key)]
    id: i64,
}
#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "nodes")]
struct Node {
    #[column(primary_key)]
    id: i64,
    #[column(references = Node::ID)]
    parent_id: Option<i64>,
    #[column(references = Kind::ID)]
    kind_id: i64,
}

struct Chan(tokio::sync::mpsc::UnboundedReceiver<i64>);
impl Stream for Chan {
    type Item = hold::NewItem;
    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<hold::NewItem>> {
        self.0.poll_recv(context).map(|number| number.map(item))
    }
}

#[tokio::test]
async fn an_error_about_no_row_names_none() -> Result<()> {
    let db = items().await?;
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
    let told = AtomicU64::new(0);
    let mut insert = pin!(
        Item::insert_stream(Chan(receiver)).chunk(10).progress(|rows| told.store(rows, Ordering::Relaxed)).execute(&db)
    );
    (0..10).for_each(|number| sender.send(number).unwrap());
    while told.load(Ordering::Relaxed) == 0 {
        assert!(poll(insert.as_mut()).is_none());
        tokio::task::yield_now().await;
    }
    db.clone().close().await?;
    (10..20).for_each(|number| sender.send(number).unwrap());
    drop(sender);
    let error = insert.await.unwrap_err();
    assert_eq!((error.kind(), error.committed(), error.row()), (&ErrorKind::Closed, Some(10), None), "{error}");
    Ok(())
}

#[tokio::test]
async fn the_row_of_a_stream_is_counted_by_rows_given() -> Result<()> {
    let db = items().await?;
    db.execute_script("create trigger t before insert on item when new.number < 0 begin select raise(ignore); end")
        .await?;
    Item::insert(item(7)).execute(&db).await?;
    let rows = stream::iter((-15..20).map(item));
    let error = Item::insert_stream(rows).chunk(10).execute(&db).await.unwrap_err();
    // 7 is the 22nd.
    assert_eq!((error.row(), error.committed()), (Some(22), Some(5)), "{error:?}");
    db.close().await
}

#[tokio::test]
async fn a_checkpoint_right_after_a_large_insert_is_no_error_where_nobody_reads() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = Database::builder(directory.path().join("a.db"))?.pragma("wal_autocheckpoint", 20).open().await?;
    db.create(Item).await?;
    for round in 0..100 {
        Item::insert_all((round * 10_000..(round + 1) * 10_000).map(item)).execute(&db).await?;
        db.checkpoint().await.unwrap_or_else(|error| panic!("round {round}: {error:?}"));
    }
    db.close().await
}

fn quietly(_: BackupProgress) {}

async fn made(path: &Path) -> Result<Database> {
    let db = Database::open(path).await?;
    db.create(Item).await?;
    Item::insert_all((0..100_000).map(item)).execute(&db).await?;
    Ok(db)
}

fn held_backup(db: &Database, copy: &Path) -> (Place, tokio::task::JoinHandle<Result<()>>) {
    let place = Place::default();
    place.close();
    let (db, copy, comes) = (db.clone(), copy.to_owned(), place.clone());
    let running = tokio::spawn(async move { db.backup(copy, move |_| comes.come()).await });
    place.until(1);
    (place, running)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_appears_meanwhile_is_not_replaced() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = made(&directory.path().join("app.db")).await?;
    let copy = directory.path().join("copy.db");
    let (place, backup) = held_backup(&db, &copy);
    fs::write(&copy, "someone's").unwrap();
    place.open();
    let answer = backup.await.unwrap();
    assert!(fs::read(&copy).unwrap() == b"someone's", "replaced, and answered {answer:?}");
    answer.unwrap_err();
    db.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_backup_to_the_same_path_does_not_harm_the_first() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = made(&directory.path().join("app.db")).await?;
    let copy = directory.path().join("copy.db");
    let (place, backup) = held_backup(&db, &copy);
    let second = db.backup(&copy, quietly).await;
    println!("second: {second:?}");
    place.open();
    let first = backup.await.unwrap();
    println!("first: {first:?}");
    assert!(first.is_ok() || second.is_ok(), "first {first:?}, second {second:?}");
    let copy = Database::open(&copy).await?;
    copy.integrity_check().await?;
    assert_eq!(Item::select().count(&copy).await?, 100_000);
    copy.close().await?;
    db.close().await
}

#[tokio::test]
async fn a_part_that_is_somebodys_is_left_alone() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = made(&directory.path().join("app.db")).await?;
    let copy = directory.path().join("copy.db");
    let part = directory.path().join("copy.db.part");
    fs::write(&part, "someone's own file").unwrap();
    let answer = db.backup(&copy, quietly).await;
    println!("{answer:?}");
    assert_eq!(fs::read(&part).ok(), Some(b"someone's own file".to_vec()), "{answer:?}");
    db.close().await
}

#[tokio::test]
async fn a_part_that_a_killed_backup_has_left_is_no_hindrance() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = made(&directory.path().join("app.db")).await?;
    let copy = directory.path().join("copy.db");
    let part = directory.path().join("copy.db.part");
    db.backup(&copy, quietly).await?;
    let whole = fs::read(&copy).unwrap();
    fs::remove_file(&copy).unwrap();
    for half in [0, 100, 4096, whole.len() / 2 / 4096 * 4096, whole.len() / 2 + 7] {
        fs::write(&part, &whole[..half]).unwrap();
        db.backup(&copy, quietly).await.unwrap_or_else(|error| panic!("{half}: {error:?}"));
        let there = Database::open(&copy).await?;
        there.integrity_check().await?;
        assert_eq!(Item::select().count(&there).await?, 100_000);
        there.close().await?;
        fs::remove_file(&copy).unwrap();
    }
    db.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_deadline_of_statements_is_not_that_of_a_backup() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    made(&path).await?.close().await?;
    let db = Database::builder(&path)?.timeout(Duration::from_millis(300)).open().await?;
    let copy = directory.path().join("copy.db");
    let slow = move |_| std::thread::sleep(Duration::from_millis(400));
    let answer = db.backup(&copy, slow).await;
    assert!(answer.is_ok(), "{answer:?}");
    db.close().await
}

#[tokio::test]
async fn a_symbolic_link_that_leads_nowhere_is_not_replaced() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = made(&directory.path().join("app.db")).await?;
    let copy = directory.path().join("copy.db");
    std::os::unix::fs::symlink(directory.path().join("elsewhere"), &copy).unwrap();
    let answer = db.backup(&copy, quietly).await;
    assert!(fs::symlink_metadata(&copy).unwrap().is_symlink(), "{answer:?}");
    db.close().await
}
