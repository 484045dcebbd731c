//! Threads that wait at places of a test's choice, and requests that are sent and not yet awaited.

// Each test binary uses a part of this module.
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

/// Returns the numbers of the items, in the order of insertion.
pub(crate) async fn numbers(ex: &Executor) -> Result<Vec<i64>> {
    Item::select().order_by(Item::ID).columns(Item::NUMBER).all(ex).await
}

/// A query that runs for days. It reaches the place `here` when it has begun.
pub(crate) const ENDLESS: &str =
    "with recursive n(i) as (select here() union all select i + 1 from n where i < 1000000000000) select sum(i) from n";

/// A write that runs for days. It reaches the place `here` when it has begun.
pub(crate) const ENDLESS_WRITE: &str = "insert into item (number) with recursive n(i) as (select here() union all select i + 1 from n where i < 1000000000000) select 7 from n where i < 0 or i = 5";

/// A timeout for calls that are expected to end: one that takes this long hangs.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// A place in the code that threads pass. While it is closed, they wait there.
#[derive(Clone, Default)]
pub(crate) struct Place(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    closed: bool,
    came: usize,
    /// The number of times that the place was opened.
    opened: u64,
}

impl Place {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().expect("nobody panics there")
    }

    /// Makes the threads that come from now on wait, and resets the count of threads that have
    /// come.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        (state.closed, state.came) = (true, 0);
    }

    /// Lets the waiting threads continue.
    pub(crate) fn open(&self) {
        let mut state = self.lock();
        (state.closed, state.opened) = (false, state.opened + 1);
        self.0.1.notify_all();
    }

    /// Resets the count of threads that have come.
    pub(crate) fn forget(&self) {
        self.lock().came = 0;
    }

    /// Counts the calling thread as one that has come, and blocks it while the place is closed.
    pub(crate) fn come(&self) {
        let mut state = self.lock();
        state.came += 1;
        self.0.1.notify_all();
        let opened = state.opened;
        while state.closed && state.opened == opened {
            state = self.0.1.wait(state).expect("nobody panics there");
        }
    }

    /// Returns the number of threads that have come since the place was closed or the count was
    /// reset.
    pub(crate) fn came(&self) -> usize {
        self.lock().came
    }

    /// Blocks until `count` threads have come since the place was closed or the count was reset.
    pub(crate) fn until(&self, count: usize) {
        let mut state = self.lock();
        while state.came < count {
            let (came, waited) = self.0.1.wait_timeout(state, LONG).expect("nobody panics there");
            assert!(!waited.timed_out(), "{} have come by, not {count}", came.came);
            state = came;
        }
    }
}

/// The places at which a test can make the threads of a database wait.
#[derive(Clone, Default)]
pub(crate) struct Places {
    /// In the SQL function `here()`, which returns 0.
    pub(crate) here: Place,
    /// Before a COMMIT.
    pub(crate) commit: Place,
}

impl Places {
    /// Sets up the places, and the SQL function `panics()`, on every connection.
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

    /// Opens a database with the places set up on every connection, and creates the table of
    /// items.
    pub(crate) async fn open(&self, builder: Builder) -> Result<Database> {
        let db = self.on(builder).open().await?;
        db.create(Item).await?;
        Ok(db)
    }
}

/// Polls a future once. Returns its output, or `None` if it is pending.
pub(crate) fn poll<F: Future>(future: Pin<&mut F>) -> Option<F::Output> {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// Polls a future once, which sends its request, and checks that it is pending. Returns the
/// future.
pub(crate) fn sent<F: Future>(future: F) -> Pin<Box<F>> {
    let mut future = Box::pin(future);
    assert!(poll(future.as_mut()).is_none(), "it is answered at once");
    future
}

/// Polls a future once, which sends its request, and drops it.
pub(crate) fn send_and_drop(future: impl Future) {
    let _ = poll(pin!(future));
}

/// An executor whose thread is blocked by a closure.
pub(crate) struct Held {
    place: Place,
    running: Pin<Box<dyn Future<Output = Result<()>>>>,
}

/// Blocks the thread of an executor until `release` is called; for a database, the writer's
/// thread.
pub(crate) fn hold(ex: &Executor) -> Held {
    held(ex, false)
}

/// Blocks a reader of a database until `release` is called.
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
    /// Lets the thread continue, and waits until the closure has ended.
    pub(crate) async fn release(self) -> Result<()> {
        self.place.open();
        self.running.await
    }
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
