//! Threads that wait at places of a test's choice, and requests that are sent and not yet awaited.

// Each test binary uses a part of this module.
#![allow(dead_code)]

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use aio_sql::{Builder, Database, Dialect, Executor, Result, Table, query, rusqlite, sql};
use rusqlite::functions::FunctionFlags;
use servers::Subject;

mod local;
mod remote;

#[derive(Table, Clone, Debug, PartialEq)]
pub(crate) struct Item {
    #[column(primary_key, auto)]
    pub(crate) id: i64,
    #[column(unique)]
    pub(crate) number: i64,
}

pub(crate) fn item(number: i64) -> NewItem {
    NewItem { number }
}

/// Returns the numbers of the items, in the order of insertion.
pub(crate) async fn numbers(ex: &Executor) -> Result<Vec<i64>> {
    Item::select().order_by(Item::ID).columns(Item::NUMBER).all(ex).await
}

/// Returns the number of items.
pub(crate) async fn count(ex: &Executor) -> Result<u64> {
    Item::select().count(ex).await
}

/// A query that runs for days. It reaches the place `here` when it has begun.
pub(crate) const ENDLESS: &str =
    "with recursive n(i) as (select here() union all select i + 1 from n where i < 1000000000000) select sum(i) from n";

/// A write that runs for days. It reaches the place `here` when it has begun.
pub(crate) const ENDLESS_WRITE: &str = "insert into item (number) with recursive n(i) as (select here() union all select i + 1 from n where i < 1000000000000) select 7 from n where i < 0 or i = 5";

/// A timeout for calls that are expected to end: one that takes this long hangs.
pub(crate) const LONG: Duration = Duration::from_secs(30);

pub(crate) type Statement = Pin<Box<dyn Future<Output = Result<u64>> + Send>>;

/// Returns statements of several kinds that write, with this timeout. Each future returns the
/// number of rows.
pub(crate) fn writes(ex: &Executor, timeout: Duration) -> Vec<Statement> {
    let insert = Item::insert(item(3)).timeout(timeout).execute(ex);
    let many = Item::insert_all([item(4), item(5)]).timeout(timeout).execute(ex);
    let update = Item::update().set(Item::NUMBER, 9).filter(Item::ID.eq(1)).timeout(timeout).execute(ex);
    let delete = Item::delete().filter(Item::ID.eq(2)).timeout(timeout).execute(ex);
    let raw = sql!("insert into item (number) values (6)").timeout(timeout).execute(ex);
    let returning = sql!("insert into item (number) values (7) returning id").timeout(timeout).all::<i64>(ex);
    let stream = sql!("insert into item (number) values (8) returning id").timeout(timeout).stream::<i64>(ex);
    let executes = [insert, update, delete, raw];
    let mut all: Vec<Statement> = executes
        .into_iter()
        .map(|execute| Box::pin(async move { Ok(execute.await?.rows_affected) }) as Statement)
        .collect();
    all.push(Box::pin(async move { Ok(many.await?.rows_affected) }));
    all.push(Box::pin(async move { Ok(returning.await?.len() as u64) }));
    all.push(Box::pin(async move {
        let mut stream = stream;
        let mut rows = 0;
        while let Some(row) = stream.next().await {
            row?;
            rows += 1;
        }
        Ok(rows)
    }));
    all
}

/// A place in a statement or a commit, in this process or in a server. While the place is closed,
/// a thread that comes to it waits.
#[derive(Clone)]
pub(crate) enum Place {
    Local(local::Place),
    Remote(remote::Place),
}

impl Default for Place {
    fn default() -> Place {
        Place::Local(local::Place::default())
    }
}

impl Place {
    /// Makes the threads that come from now on wait, and resets the count of threads that have
    /// come.
    pub(crate) fn close(&self) {
        match self {
            Place::Local(place) => place.close(),
            Place::Remote(place) => place.close(),
        }
    }

    /// Lets the waiting threads continue.
    pub(crate) fn open(&self) {
        match self {
            Place::Local(place) => place.open(),
            Place::Remote(place) => place.open(),
        }
    }

    /// Resets the count of threads that have come.
    pub(crate) fn forget(&self) {
        match self {
            Place::Local(place) => place.forget(),
            Place::Remote(place) => place.forget(),
        }
    }

    /// Counts the calling thread as one that has come, and blocks it while the place is closed.
    pub(crate) fn come(&self) {
        match self {
            Place::Local(place) => place.come(),
            Place::Remote(_) => panic!("a thread of this process does not come to a place in a server"),
        }
    }

    /// Returns the number of threads that have come since the place was closed or the count was
    /// reset.
    pub(crate) fn came(&self) -> usize {
        match self {
            Place::Local(place) => place.came(),
            Place::Remote(place) => place.came(),
        }
    }

    /// Blocks until `count` threads have come since the place was closed or the count was reset.
    pub(crate) fn until(&self, count: usize) {
        match self {
            Place::Local(place) => place.until(count),
            Place::Remote(place) => place.until(count),
        }
    }
}

/// The places at which a test can make the threads of a database wait, or the processes of a
/// server. What a test with `#[on_every_database]` takes.
#[derive(Clone, Default)]
pub(crate) struct Places {
    /// In the SQL function `here()`, which returns 0.
    pub(crate) here: Place,
    /// Before a COMMIT; on a server before that of a transaction that writes items.
    pub(crate) commit: Place,
    /// The database in a server, and its address.
    remote: Option<(remote::Control, String)>,
}

impl Subject for Places {
    async fn at(address: &str) -> Result<Places> {
        if !address.starts_with("postgres") {
            return Ok(Places::default());
        }
        let control = remote::Control::open(address).await?;
        let (here, commit) = (Place::Remote(control.place(1)), Place::Remote(control.place(2)));
        Ok(Places { here, commit, remote: Some((control, address.to_owned())) })
    }
}

/// Sets the maximum number of connections to a server. A build without PostgreSQL has no server.
pub(crate) fn with_connections(builder: Builder, connections: u32) -> Builder {
    #[cfg(feature = "postgres")]
    return builder.connections(connections);
    #[cfg(not(feature = "postgres"))]
    unreachable!("{connections} connections of {builder:?}")
}

impl Places {
    /// Returns whether the database is SQLite.
    pub(crate) fn is_sqlite(&self) -> bool {
        self.remote.is_none()
    }

    /// Returns a builder for a database with as few threads as possible: one that serves
    /// statements on the database itself, of each kind, and two for explicit connections.
    pub(crate) fn builder(&self) -> Builder {
        match &self.remote {
            None => Database::builder(":memory:").readers(1).max_connections(2),
            Some((_, address)) => with_connections(Database::builder(address), 3),
        }
    }

    /// Sets up the places, and the SQL function `panics()`, on every connection to SQLite.
    pub(crate) fn on(&self, builder: Builder) -> Builder {
        if self.remote.is_some() {
            return builder;
        }
        let places = self.clone();
        builder.on_connect(move |raw| {
            let Places { here, commit, .. } = places.clone();
            raw.create_scalar_function("here", 0, FunctionFlags::SQLITE_UTF8, move |_| {
                here.come();
                Ok(0)
            })?;
            raw.create_scalar_function("panics", 0, FunctionFlags::SQLITE_UTF8, |_| -> rusqlite::Result<i64> {
                panic!("in a function")
            })?;
            raw.commit_hook(Some(move || {
                commit.come();
                false
            }))
        })
    }

    /// Opens a database with the places set up, and creates the table of items.
    pub(crate) async fn open(&self, builder: Builder) -> Result<Database> {
        let db = self.on(builder).open().await?;
        db.create(Item).await?;
        if let Some((control, _)) = &self.remote {
            control.set_up_commits().await?;
        }
        Ok(db)
    }

    /// Blocks the thread of an executor until `release` is called; for a database, the thread that
    /// writes.
    pub(crate) fn hold(&self, ex: &Executor) -> Held {
        match &self.remote {
            None => hold(ex),
            Some((control, _)) => {
                let place = control.next_place();
                place.close();
                let statement = query(place.statement()).timeout(LONG).execute(ex);
                let running = sent(Box::pin(async move { statement.await.map(drop) }) as Running);
                place.until_waiting();
                Held { place: Place::Remote(place), running }
            }
        }
    }

    /// Blocks a thread of a database that reads until `release` is called.
    pub(crate) fn hold_reader(&self, ex: &Executor) -> Held {
        match self.remote {
            None => hold_reader(ex),
            Some(_) => self.hold(ex),
        }
    }
}

/// Polls a future once. Returns its output, or `None` if it is pending.
pub(crate) fn poll<F: Future>(future: Pin<&mut F>) -> Option<F::Output> {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// Polls a future once, which sends its request. Returns a future of its output, which may be
/// there already: the thread that runs the request may be done before the poll returns.
pub(crate) fn sent<F: Future>(future: F) -> Pin<Box<Sent<F>>> {
    let mut future = Box::pin(future);
    let output = poll(future.as_mut());
    Box::pin(Sent { future, output })
}

/// A future that was polled once.
pub(crate) struct Sent<F: Future> {
    future: Pin<Box<F>>,
    output: Option<F::Output>,
}

impl<F: Future<Output: Unpin>> Future for Sent<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        match self.output.take() {
            Some(output) => Poll::Ready(output),
            None => self.future.as_mut().poll(context),
        }
    }
}

/// Polls a future once, which sends its request, and drops it.
pub(crate) fn send_and_drop(future: impl Future) {
    let _ = poll(pin!(future));
}

type Running = Pin<Box<dyn Future<Output = Result<()>>>>;

/// An executor whose thread is blocked by a closure, or by a statement on a server.
pub(crate) struct Held {
    place: Place,
    running: Pin<Box<Sent<Running>>>,
}

/// Blocks the thread of an executor of SQLite until `release` is called; for a database, the
/// writer's thread.
pub(crate) fn hold(ex: &Executor) -> Held {
    held(ex, false)
}

/// Blocks a reader of a SQLite database until `release` is called.
pub(crate) fn hold_reader(ex: &Executor) -> Held {
    held(ex, true)
}

fn held(ex: &Executor, reads: bool) -> Held {
    let place = Place::default();
    place.close();
    let (ex, comes) = (ex.clone(), place.clone());
    let running: Running = match reads {
        true => Box::pin(async move { ex.run_read(move |_| comes.come()).await }),
        false => Box::pin(async move { ex.run(move |_| comes.come()).await }),
    };
    let running = sent(running);
    place.until(1);
    Held { place, running }
}

impl Held {
    /// Lets the thread continue, and waits until the closure has ended.
    pub(crate) async fn release(self) -> Result<()> {
        self.place.open();
        self.running.await
    }
}

/// Waits until the writes of items that were sent before have ended.
pub(crate) async fn settle(ex: &Executor) -> Result<()> {
    Item::delete().filter(Item::ID.lt(0)).timeout(LONG).execute(ex).await?;
    if ex.dialect() == Dialect::Postgres {
        // Nothing but this lock waits for the transactions of other connections.
        let tx = ex.begin().await?;
        sql!("lock table item in share mode").timeout(LONG).execute(&tx).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Checks a condition repeatedly until it holds. It is for conditions whose change is not
/// notified.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    let began = std::time::Instant::now();
    while !holds() {
        assert!(began.elapsed() < LONG, "{what}: not after {LONG:?}");
        tokio::task::yield_now().await;
        std::thread::yield_now();
    }
}
