//! What SQLite calls back while it works: to ask whether to go on, whether to wait for a lock, and
//! to say how long the write-ahead log is.
//!
//! SQLite's busy handler and log hook are plain functions here, so that what they know stands in
//! the thread that the connection lives on.

use std::cell::{Cell, RefCell};
use std::ffi::c_int;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::hooks::Wal;

use crate::engine::Stopper;

/// After how many steps of its virtual machine SQLite asks whether to go on: some ten
/// microseconds.
const STEPS: c_int = 1000;

/// The longest pause between two attempts to get a lock.
const LONGEST_NAP: Duration = Duration::from_millis(4);

struct Waiting {
    stopper: Arc<Stopper>,
    timeout: Duration,
    since: Instant,
}

thread_local! {
    static WAITING: RefCell<Option<Waiting>> = const { RefCell::new(None) };
    static PAGES: Cell<Option<u32>> = const { Cell::new(None) };
}

/// Sets the handlers of the connection that lives on this thread.
pub(super) fn set_handlers(raw: &Connection, stopper: &Arc<Stopper>, timeout: Duration) -> rusqlite::Result<()> {
    let waiting = Waiting { stopper: Arc::clone(stopper), timeout, since: Instant::now() };
    WAITING.set(Some(waiting));
    raw.busy_handler(Some(wait_for_lock))?;
    let stopper = Arc::clone(stopper);
    raw.progress_handler(STEPS, Some(move || stopper.is_stopped()))
}

/// Lets the log's length be told after each commit, instead of SQLite's own checkpoints.
pub(super) fn watch_log(raw: &Connection) {
    raw.wal_hook(Some(|_: &Wal, pages| {
        PAGES.set(u32::try_from(pages).ok());
        Ok(())
    }));
}

/// How many pages the log has since the last commit; once for each commit.
pub(super) fn pages_after_commit() -> Option<u32> {
    PAGES.take()
}

/// Calls `act` with another timeout for the locks that it waits for.
pub(super) fn with_busy_timeout<T>(busy_timeout: Duration, act: impl FnOnce() -> T) -> T {
    let set =
        |timeout| WAITING.with_borrow_mut(|waiting| Some(std::mem::replace(&mut waiting.as_mut()?.timeout, timeout)));
    let timeout = set(busy_timeout);
    let done = act();
    if let Some(timeout) = timeout {
        set(timeout);
    }
    done
}

/// Whether to wait on for a lock of another process, after some waiting in vain.
fn wait_for_lock(attempts: i32) -> bool {
    let nap = WAITING.with_borrow_mut(|waiting| {
        let waiting = waiting.as_mut()?;
        if attempts == 0 {
            waiting.since = Instant::now();
        }
        let left = waiting.timeout.saturating_sub(waiting.since.elapsed());
        let nap = Duration::from_micros(100 << attempts.clamp(0, 6)).min(LONGEST_NAP).min(left);
        (!left.is_zero() && !waiting.stopper.is_stopped()).then_some(nap)
    });
    if let Some(nap) = nap {
        std::thread::sleep(nap);
    }
    nap.is_some()
}
