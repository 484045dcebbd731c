//! Threads that wait where a test wants them to, and statements that are sent and not yet awaited.

// Each test binary uses some of it.
#![allow(dead_code)]

use std::pin::{Pin, pin};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use aio_sql::{Builder, Database, Executor, Result, Table, rusqlite};
use rusqlite::functions::FunctionFlags;

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

/// The numbers of the items, in the order in which they were inserted.
pub(crate) async fn numbers(ex: &Executor) -> Result<Vec<i64>> {
    Item::select().order_by(Item::ID).columns(Item::NUMBER).all(ex).await
}

/// A query that ends in some days. It tells a place named `here` when it has begun.
pub(crate) const ENDLESS: &str =
    "with recursive n(i) as (select here() union all select i + 1 from n where i < 1000000000000) select sum(i) from n";

/// A write that ends in some days, in the same way.
pub(crate) const ENDLESS_WRITE: &str = "insert into item (number) with recursive n(i) as (select here() union all select i + 1 from n where i < 1000000000000) select 7 from n where i < 0 or i = 5";

/// Long enough to be sure that something hangs.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// A place where threads come by. While it is closed they wait there.
#[derive(Clone, Default)]
pub(crate) struct Place(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    closed: bool,
    came: usize,
    /// How often it was opened.
    opened: u64,
}

impl Place {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().expect("nobody panics there")
    }

    /// Whoever comes from here on waits.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        (state.closed, state.came) = (true, 0);
    }

    /// Whoever waits goes on.
    pub(crate) fn open(&self) {
        let mut state = self.lock();
        (state.closed, state.opened) = (false, state.opened + 1);
        self.0.1.notify_all();
    }

    /// Forgets who came.
    pub(crate) fn forget(&self) {
        self.lock().came = 0;
    }

    /// A thread comes by.
    pub(crate) fn come(&self) {
        let mut state = self.lock();
        state.came += 1;
        self.0.1.notify_all();
        let opened = state.opened;
        while state.closed && state.opened == opened {
            state = self.0.1.wait(state).expect("nobody panics there");
        }
    }

    /// How many have come since it was closed, or since they were forgotten.
    pub(crate) fn came(&self) -> usize {
        self.lock().came
    }

    /// Waits until so many have come since it was closed, or since they were forgotten.
    pub(crate) fn until(&self, count: usize) {
        let mut state = self.lock();
        while state.came < count {
            let (came, waited) = self.0.1.wait_timeout(state, LONG).expect("nobody panics there");
            assert!(!waited.timed_out(), "{} have come by, not {count}", came.came);
            state = came;
        }
    }
}

/// Places in a database's threads.
#[derive(Clone, Default)]
pub(crate) struct Places {
    /// The SQL function `here()`, which is 0.
    pub(crate) here: Place,
    /// Before a COMMIT.
    pub(crate) commit: Place,
}

impl Places {
    /// Sets them up on every connection.
    pub(crate) fn on(&self, builder: Builder) -> Builder {
        let places = self.clone();
        builder.on_connect(move |raw| {
            let Places { here, commit } = places.clone();
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

    /// A database with the table.
    pub(crate) async fn open(&self, builder: Builder) -> Result<Database> {
        let db = self.on(builder).open().await?;
        db.create(Item).await?;
        Ok(db)
    }
}

/// Polls a future once and gives what is ready.
pub(crate) fn poll<F: Future>(future: Pin<&mut F>) -> Option<F::Output> {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// Polls once, which sends the request, and sees that it is not answered yet.
pub(crate) fn sent<F: Future>(future: F) -> Pin<Box<F>> {
    let mut future = Box::pin(future);
    assert!(poll(future.as_mut()).is_none(), "it is answered at once");
    future
}

/// Polls once, which sends the request, and drops the future.
pub(crate) fn send_and_drop(future: impl Future) {
    let _ = poll(pin!(future));
}

/// The thread of an executor, held by code that runs there.
pub(crate) struct Held {
    place: Place,
    running: Pin<Box<dyn Future<Output = Result<()>>>>,
}

/// Holds the thread of an executor: of a database its writer.
pub(crate) fn hold(ex: &Executor) -> Held {
    held(ex, false)
}

/// Holds a reader of a database.
pub(crate) fn hold_reader(ex: &Executor) -> Held {
    held(ex, true)
}

fn held(ex: &Executor, reads: bool) -> Held {
    let place = Place::default();
    place.close();
    let (ex, comes) = (ex.clone(), place.clone());
    let running: Pin<Box<dyn Future<Output = _>>> = match reads {
        true => Box::pin(async move { ex.run_read(move |_| comes.come()).await }),
        false => Box::pin(async move { ex.run(move |_| comes.come()).await }),
    };
    let running = sent(running);
    place.until(1);
    Held { place, running }
}

impl Held {
    /// Lets it go on.
    pub(crate) async fn let_go(self) -> Result<()> {
        self.place.open();
        self.running.await
    }
}

/// Looks again and again whether something has come true that nobody tells of.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    let began = std::time::Instant::now();
    while !holds() {
        assert!(began.elapsed() < LONG, "{what}: not after {LONG:?}");
        tokio::task::yield_now().await;
        std::thread::yield_now();
    }
}
