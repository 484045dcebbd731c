//! Code outside the library that panics: wakers, closures, values that they own, and panic
//! payloads. No thread of the library ends, no other task waits forever, and the database can be
//! closed.

use std::future::Future;
use std::panic::panic_any;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use aio_sql::{Database, Error, ErrorKind, Result, query, sql};

use crate::hold::{Item, LONG, Place, Places, hold, hold_reader, item, until};

/// Counts the panics of a test's code.
#[derive(Clone, Debug, Default)]
struct Panics(Arc<AtomicUsize>);

impl Panics {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    fn panic(&self) -> ! {
        self.0.fetch_add(1, Ordering::SeqCst);
        panic!("on purpose");
    }
}

/// A waker that panics when it is called.
struct Woken(Panics);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.panic();
    }
}

/// A value that panics when it is dropped, unless the thread is already panicking.
#[derive(Debug)]
struct Dropped(Panics);

impl Drop for Dropped {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.0.panic();
        }
        self.0.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A waker that does nothing when it is called, and panics when its last clone is dropped on a
/// thread of the library.
struct DroppedThere(Panics);

impl Wake for DroppedThere {
    fn wake(self: Arc<Self>) {}
}

impl Drop for DroppedThere {
    fn drop(&mut self) {
        if std::thread::current().name().is_some_and(|name| name.starts_with("aio-sql ")) && !std::thread::panicking() {
            self.0.panic();
        }
    }
}

/// Polls a future once with this waker, which sends its request, and checks that it is pending.
/// Returns the future.
fn sent_by<F: Future>(waker: &Waker, future: F) -> Pin<Box<F>> {
    pending(waker, future).unwrap_or_else(|_| panic!("it is answered at once"))
}

/// Returns a future that was polled once with this waker and is pending. The thread that it waits
/// for may be done before the poll returns, and then wakes nobody; in that case another future is
/// begun.
async fn begun_by<F: Future>(waker: &Waker, begin: impl Fn() -> F) -> Pin<Box<F>> {
    for _ in 0..1_000 {
        if let Ok(waiting) = pending(waker, begin()) {
            return waiting;
        }
        tokio::task::yield_now().await;
    }
    panic!("it is answered at once, a thousand times");
}

/// Polls a future once with this waker. Returns the future, or its output as an error if it is
/// ready.
fn pending<F: Future>(waker: &Waker, future: F) -> std::result::Result<Pin<Box<F>>, F::Output> {
    let mut future = Box::pin(future);
    match future.as_mut().poll(&mut Context::from_waker(waker)) {
        Poll::Pending => Ok(future),
        Poll::Ready(answer) => Err(answer),
    }
}

fn panicking() -> (Panics, Waker) {
    let panics = Panics::default();
    (panics.clone(), Waker::from(Arc::new(Woken(panics))))
}

async fn open(patience: Duration) -> Result<Database> {
    Places::default().open(Database::builder(":memory:").readers(1).max_connections(1).acquire_timeout(patience)).await
}

/// Checks that the writer, the reader and an explicit connection still work, and that the database
/// can be closed.
async fn goes_on(db: &Database) -> Result<()> {
    for number in 1_000..1_010 {
        Item::insert(item(number)).execute(db).await?;
        assert!(Item::select().count(db).await? > 0);
        assert_eq!(sql!("select 1").scalar::<i64>(&*db.connect().await?).await?, 1);
    }
    tokio::time::timeout(LONG, db.clone().close()).await.expect("it closes")
}

#[tokio::test]
async fn a_waker_that_panics_when_a_statement_is_answered_affects_no_other_task() -> Result<()> {
    let db = open(LONG).await?;
    let (panics, waker) = panicking();
    let held = hold_reader(&db);
    let reads: Vec<_> = (0..3).map(|_| sent_by(&waker, Item::select().all(&db))).collect();
    held.release().await?;
    until("three reads are answered", || panics.count() == 3).await;
    drop(reads);
    let held = hold(&db);
    let writes: Vec<_> = (0..3).map(|number| sent_by(&waker, Item::insert(item(number)).execute(&db))).collect();
    held.release().await?;
    until("three writes are answered", || panics.count() == 6).await;
    for write in writes {
        assert_eq!(write.await?.rows_affected, 1);
    }
    let conn = db.connect().await?;
    let held = hold(&conn);
    let one = sent_by(&waker, sql!("select 1").scalar::<i64>(&conn));
    held.release().await?;
    until("a connection answers", || panics.count() == 7).await;
    assert_eq!(one.await?, 1);
    let tx = conn.begin().await?;
    let held = hold(&tx);
    let commit = sent_by(&waker, tx.clone().commit());
    held.release().await?;
    until("a commit is answered", || panics.count() == 8).await;
    commit.await?;
    conn.close().await?;
    goes_on(&db).await
}

#[tokio::test]
async fn wakers_that_panic_at_the_acquire_timeout_affect_no_other_task() -> Result<()> {
    let db = open(Duration::from_millis(300)).await?;
    let (panics, waker) = panicking();
    let (reader, writer) = (hold_reader(&db), hold(&db));
    let reads: Vec<_> = (0..5).map(|_| sent_by(&waker, Item::select().all(&db))).collect();
    let writes: Vec<_> = (0..5).map(|number| sent_by(&waker, Item::insert(item(number)).execute(&db))).collect();
    let mine = (Item::select().all(&db).await, Item::insert(item(7)).execute(&db).await);
    assert_eq!(*mine.0.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(*mine.1.unwrap_err().kind(), ErrorKind::Timeout);
    until("all are told", || panics.count() == 10).await;
    for read in reads {
        assert_eq!(*read.await.unwrap_err().kind(), ErrorKind::Timeout);
    }
    drop(writes);
    reader.release().await?;
    writer.release().await?;
    goes_on(&db).await
}

#[tokio::test]
async fn wakers_that_panic_at_a_deadline_affect_no_other_task() -> Result<()> {
    let db = open(LONG).await?;
    let (panics, waker) = panicking();
    let held = hold_reader(&db);
    let late = |_| sent_by(&waker, Item::select().timeout(Duration::from_millis(50)).all(&db));
    let reads: Vec<_> = (0..3).map(late).collect();
    until("all are late", || panics.count() == 3).await;
    let mine = Item::select().timeout(Duration::from_millis(50)).all(&db).await;
    assert_eq!(*mine.unwrap_err().kind(), ErrorKind::Timeout);
    drop(reads);
    held.release().await?;
    goes_on(&db).await
}

#[tokio::test]
async fn a_waker_that_panics_while_a_stream_is_sent_affects_no_other_task() -> Result<()> {
    let db = open(LONG).await?;
    let (panics, waker) = panicking();
    let held = hold_reader(&db);
    let text = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000) select i from n";
    let mut rows = query(text).stream::<i64>(&db);
    assert!(pin!(rows.next()).poll(&mut Context::from_waker(&waker)).is_pending());
    held.release().await?;
    until("its first rows come", || panics.count() > 0).await;
    let mut count = 0;
    while let Some(row) = rows.next().await {
        row?;
        count += 1;
    }
    assert_eq!(count, 200_000);
    goes_on(&db).await
}

#[tokio::test]
async fn a_waker_that_panics_while_opening_or_closing_affects_no_other_task() -> Result<()> {
    let (panics, waker) = panicking();
    let opening = begun_by(&waker, Database::memory).await;
    until("it is opened", || panics.count() > 0).await;
    opening.await?.close().await?;
    let db = open(LONG).await?;
    let before = panics.count();
    let connecting = begun_by(&waker, || db.connect()).await;
    until("it is connected", || panics.count() > before).await;
    connecting.await?.close().await?;
    let held = hold(&db);
    let before = panics.count();
    let closing: Vec<_> = (0..40).map(|_| sent_by(&waker, db.clone().close())).collect();
    let also = (0..40)
        .map(|_| {
            tokio::spawn({
                let db = db.clone();
                async move { db.close().await }
            })
        })
        .collect::<Vec<_>>();
    tokio::task::yield_now().await;
    held.release().await?;
    until("all are told", || panics.count() == before + 40).await;
    for closing in also {
        tokio::time::timeout(LONG, closing).await.expect("it is told").expect("no panic")?;
    }
    drop(closing);
    Ok(())
}

#[tokio::test]
async fn a_waker_whose_drop_panics_affects_no_other_task() -> Result<()> {
    let db = open(LONG).await?;
    let panics = Panics::default();
    let waker = || Waker::from(Arc::new(DroppedThere(panics.clone())));
    let (reader, writer) = (hold_reader(&db), hold(&db));
    for number in 0..5 {
        drop(sent_by(&waker(), Item::select().all(&db)));
        drop(sent_by(&waker(), Item::insert(item(number)).execute(&db)));
        drop(sent_by(&waker(), db.run(|_| ())));
    }
    let kept: Vec<_> = (5..10).map(|number| sent_by(&waker(), Item::insert(item(number)).execute(&db))).collect();
    reader.release().await?;
    writer.release().await?;
    until("they are answered", || panics.count() >= 5).await;
    drop(kept);
    goes_on(&db).await
}

#[tokio::test]
async fn a_closure_whose_captures_panic_in_drop_affects_no_other_task() -> Result<()> {
    let db = open(Duration::from_millis(200)).await?;
    let panics = Panics::default();
    let held = || Dropped(panics.clone());
    for ex in [&*db, &*db.connect().await?] {
        let inside = held();
        let error = ex.run(move |_| drop(inside)).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Panic);
        let payload = held();
        let error = ex.run(move |_| panic_any(payload)).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Panic);
    }
    let before = panics.count();
    // The threads are blocked, so these requests end before they run: some are dropped, and one
    // times out that nobody polls. Their closures are dropped with what they own.
    let (writer, reader) = (hold(&db), hold_reader(&db));
    for _ in 0..3 {
        let (a, b, c) = (held(), held(), held());
        crate::hold::send_and_drop(db.run(move |_| a.0.count()));
        crate::hold::send_and_drop(db.run_read(move |_| b.0.count()));
        let mut late = Box::pin(db.run(move |_| c.0.count()));
        assert!(crate::hold::poll(late.as_mut()).is_none());
        std::mem::forget(late);
    }
    let mine = db.run(|_| ()).await;
    assert_eq!(*mine.unwrap_err().kind(), ErrorKind::Timeout);
    until("all of it is dropped", || panics.count() >= before + 3).await;
    writer.release().await?;
    reader.release().await?;
    // Nobody receives the result of the closure.
    let (place, result) = (Place::default(), held());
    place.close();
    let there = place.clone();
    let running = crate::hold::sent(db.run(move |_| {
        there.come();
        result
    }));
    place.until(1);
    drop(running);
    let before = panics.count();
    place.open();
    until("its result is dropped", || panics.count() > before).await;
    goes_on(&db).await
}

#[tokio::test]
async fn a_function_with_a_panicking_payload_fails_only_its_statement() -> Result<()> {
    let panics = Panics::default();
    let (a, b, c, d) = (panics.clone(), panics.clone(), panics.clone(), panics.clone());
    let builder = Database::builder(":memory:")
        .readers(1)
        .max_connections(1)
        .function("explodes", move |_: (i64,)| -> i64 { panic_any(Dropped(a.clone())) })
        .aggregate("begins", move || -> i64 { panic_any(Dropped(b.clone())) }, |_, _: (i64,)| (), |_| 1_i64)
        .aggregate("steps", move || Some(Dropped(c.clone())), |_, _: (i64,)| panic!("here"), |_| 1_i64)
        .aggregate("ends", || (), |(), _: (i64,)| (), move |()| -> i64 { panic_any(Dropped(d.clone())) });
    let db = Places::default().open(builder).await?;
    Item::insert(item(1)).execute(&db).await?;
    for text in ["explodes(number)", "begins(number)", "steps(number)", "ends(number)"] {
        let text = format!("select {text} from item");
        let error = query(text.as_str()).scalar::<i64>(&db).await.unwrap_err();
        assert!(error.to_string().contains("panick"), "{text}: {error}");
    }
    assert!(panics.count() >= 4);
    goes_on(&db).await
}

#[tokio::test]
async fn a_hook_with_a_panicking_payload_is_an_error() -> Result<()> {
    let panics = Panics::default();
    let (inside, held) = (panics.clone(), Dropped(panics.clone()));
    let opened = Database::builder(":memory:")
        .on_connect(move |_| {
            assert_eq!(held.0.count(), 0);
            panic_any(Dropped(inside.clone()))
        })
        .open()
        .await;
    assert_eq!(*opened.unwrap_err().kind(), ErrorKind::Panic);
    until("the hook is dropped", || panics.count() >= 2).await;
    let db = open(LONG).await?;
    goes_on(&db).await
}

#[tokio::test]
async fn a_transaction_hook_with_a_panicking_payload_rolls_back_only_its_write() -> Result<()> {
    let panics = Panics::default();
    let (updating, committing, undoing) = (panics.clone(), panics.clone(), panics.clone());
    let commits = Arc::new(AtomicUsize::new(0));
    let builder = Database::builder(":memory:")
        .readers(1)
        .max_connections(1)
        .on_update(move |_, _, _, row| {
            if row == 13 {
                panic_any(Dropped(updating.clone()));
            }
        })
        .on_commit(move || {
            if commits.fetch_add(1, Ordering::SeqCst) == 4 {
                panic_any(Dropped(committing.clone()));
            }
            true
        })
        .on_rollback(move || panic_any(Dropped(undoing.clone())));
    let db = Places::default().open(builder).await?;
    let panicked = |error: Error, words: &str| {
        assert_eq!(*error.kind(), ErrorKind::Panic, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    };
    let mut refused = 0;
    for number in 1..=20 {
        let text = format!("insert into item (id, number) values ({number}, {number})");
        if let Err(error) = query(text.as_str()).execute(&db).await {
            panicked(error, if number == 13 { "on_update" } else { "on_commit" });
            refused += 1;
        }
    }
    assert_eq!((refused, Item::select().count(&db).await?), (2, 18));
    // A hook that panics for one write of a group does not affect the other writes of the group.
    let held = hold(&db);
    let writes: Vec<_> = (13..=16)
        .chain(30..=34)
        .map(|id| {
            (
                id,
                sent_by(
                    Waker::noop(),
                    query(format!("insert or replace into item (id, number) values ({id}, {id})")).execute(&db),
                ),
            )
        })
        .collect();
    held.release().await?;
    for (id, write) in writes {
        match write.await {
            Ok(_) => assert_ne!(id, 13),
            Err(error) => panicked(error, "on_update"),
        }
    }
    let tx = db.begin().await?;
    Item::insert(item(99)).execute(&tx).await?;
    query("insert into item (id, number) values (13, 13)").execute(&tx).await?;
    panicked(tx.commit().await.unwrap_err(), "on_update");
    let tx = db.begin().await?;
    query("insert into item (id, number) values (13, 13)").execute(&tx).await?;
    tx.rollback().await?;
    assert!(panics.count() >= 4);
    goes_on(&db).await
}

#[tokio::test]
async fn an_authorizer_with_a_panicking_payload_fails_only_its_statement() -> Result<()> {
    use aio_sql::rusqlite::hooks::{AuthAction, Authorization};
    let panics = Panics::default();
    let inside = panics.clone();
    let builder = Database::builder(":memory:").readers(1).max_connections(1).authorizer(move |context| {
        if let AuthAction::Function { function_name: "abs" } = context.action {
            panic_any(Dropped(inside.clone()));
        }
        Authorization::Allow
    });
    let db = Places::default().open(builder).await?;
    for text in ["select abs(1)", "update item set number = abs(number)"] {
        let error = query(text).execute(&db).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Panic, "{error}");
        assert!(error.to_string().contains("authorizer"), "{error}");
    }
    assert!(panics.count() >= 2);
    goes_on(&db).await
}

#[tokio::test]
async fn a_progress_closure_with_a_panicking_payload_fails_only_the_backup() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = open(LONG).await?;
    let panics = Panics::default();
    let inside = panics.clone();
    let error: Error =
        db.backup(directory.path().join("copy.db"), move |_| panic_any(Dropped(inside.clone()))).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Panic);
    assert!(panics.count() > 0);
    goes_on(&db).await
}
