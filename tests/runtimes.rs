//! One program runs on different async runtimes and without one, because the library needs none.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use aio_sql::{Database, ErrorKind, Result, Table, sql};

mod databases;

#[derive(Table, Clone, Debug, PartialEq)]
struct Item {
    #[column(primary_key, auto)]
    id: i64,
    text: String,
}

/// Opens a database, writes, reads, streams, runs several requests at once, commits, rolls back,
/// fails, and closes.
async fn work(address: String) -> Result<()> {
    let db = Database::open(address).await?;
    db.create(Item).await?;
    Item::insert_all((0..5_000).map(|n| NewItem { text: n.to_string() })).execute(&db).await?;

    let mut stream = Item::select().order_by(Item::ID).stream(&db);
    let mut ids = 0;
    while let Some(item) = stream.next().await {
        ids += item?.id;
    }
    assert_eq!(ids, 5_000 * 5_001 / 2);

    let (count, first) = futures_lite::future::try_zip(Item::select().count(&db), Item::find(1).one(&db)).await?;
    assert_eq!((count, first.text.as_str()), (5_000, "0"));

    let conn = db.connect().await?;
    conn.transaction(|tx| async move {
        Item::delete().filter(Item::ID.gt(10)).execute(&tx).await?;
        let nested = tx.begin().await?;
        Item::delete().all_rows().execute(&nested).await?;
        nested.rollback().await
    })
    .await?;
    assert_eq!(Item::select().count(&conn).await?, 10);
    let failed = conn.transaction(|tx| async move { sql!("select nothing").execute(&tx).await }).await;
    assert_eq!(failed.expect_err("no such column").kind(), &ErrorKind::Sql);
    drop(conn.begin().await?);
    assert!(!conn.in_transaction());
    conn.close().await?;
    db.close().await
}

/// Runs the program on a runtime, once with each database.
fn on_each(run: impl Fn(String) -> Result<()>) {
    run(":memory:".to_owned()).expect("it works");
    if let Some(address) = block_on(databases::address()).expect("a schema") {
        run(address).expect("it works");
    }
}

#[test]
fn it_works_on_tokio_with_one_thread() {
    on_each(|address| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(work(address))
    });
}

#[test]
fn it_works_on_tokio_with_several_threads() {
    on_each(|address| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
        runtime.block_on(async { tokio::spawn(work(address)).await }).expect("no panic")
    });
}

#[test]
fn it_works_on_smol() {
    on_each(|address| smol::block_on(async { smol::spawn(work(address)).await }));
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn it_works_on_a_hand_written_block_on() {
    on_each(|address| block_on(work(address)));
}

#[test]
fn futures_can_be_spawned() {
    fn spawnable<T: Send + 'static>(value: T) -> T {
        value
    }
    on_each(|address| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
        runtime.block_on(async {
            let db = Database::open(address).await?;
            db.create(Item).await?;
            let insert = Item::insert(NewItem { text: "x".into() }).one(&db);
            let item = tokio::spawn(insert).await.expect("no panic")?;
            tokio::spawn(spawnable(item.remove(&db))).await.expect("no panic")?;
            tokio::spawn(spawnable(sql!("select 1").scalar::<i64>(&db))).await.expect("no panic")?;
            db.close().await
        })
    });
}
