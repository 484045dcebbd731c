//! The callbacks that SQLite calls while it works: to ask whether to continue, to ask whether to
//! wait for a lock, and to report the length of the write-ahead log.
//!
//! The busy handler and the log hook are plain functions without captured state, so their state is
//! in thread-locals of the connection's thread.

use std::cell::{Cell, RefCell};
use std::ffi::c_int;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::hooks::Wal;
use rusqlite::{Connection, MAIN_DB};

use crate::engine::Stopper;

/// After this many virtual machine instructions, some tens of microseconds, SQLite asks whether to
/// continue.
const PROGRESS_STEPS: c_int = 1000;

/// The longest pause between two attempts to get a lock.
const MAX_PAUSE: Duration = Duration::from_millis(4);

struct BusyState {
    stopper: Arc<Stopper>,
    timeout: Duration,
    since: Instant,
}

/// The numbers of pages in the write-ahead logs to which a commit has written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LogPages {
    /// That of the database itself.
    pub(super) main: Option<u32>,
    /// That of the longest log of an attached file.
    pub(super) attached: Option<u32>,
}

thread_local! {
    static BUSY_STATE: RefCell<Option<BusyState>> = const { RefCell::new(None) };
    static PAGES: Cell<LogPages> = const { Cell::new(LogPages { main: None, attached: None }) };
}

/// Installs the busy handler and the progress handler, which end a statement when the stopper is
/// set. A thread has at most one connection.
pub(super) fn set_handlers(raw: &Connection, stopper: &Arc<Stopper>, timeout: Duration) -> rusqlite::Result<()> {
    let waiting = BusyState { stopper: Arc::clone(stopper), timeout, since: Instant::now() };
    BUSY_STATE.set(Some(waiting));
    raw.busy_handler(Some(wait_for_lock))?;
    let stopper = Arc::clone(stopper);
    raw.progress_handler(PROGRESS_STEPS, Some(move || stopper.is_stopped()))
}

/// Makes SQLite report the length of the write-ahead log after each commit. This replaces SQLite's
/// automatic checkpoints.
pub(super) fn set_log_hook(raw: &Connection) {
    raw.wal_hook(Some(|log: &Wal, pages| {
        let mut all = PAGES.get();
        let pages = u32::try_from(pages).ok();
        match log.name() == MAIN_DB {
            true => all.main = pages,
            false => all.attached = all.attached.max(pages),
        }
        PAGES.set(all);
        Ok(())
    }));
}

/// Returns the numbers of pages in the write-ahead logs after the last commit. There are none if
/// this function has already been called since that commit.
pub(super) fn pages_after_commit() -> LogPages {
    PAGES.take()
}

/// Calls `act` while the connection of this thread has this busy timeout instead of its own.
pub(super) fn with_busy_timeout<T>(busy_timeout: Duration, act: impl FnOnce() -> T) -> T {
    let set = |timeout| {
        BUSY_STATE.with_borrow_mut(|waiting| Some(std::mem::replace(&mut waiting.as_mut()?.timeout, timeout)))
    };
    let timeout = set(busy_timeout);
    let result = act();
    if let Some(timeout) = timeout {
        set(timeout);
    }
    result
}

/// Waits a moment for a lock that another connection holds. Returns whether SQLite should try
/// again to get it.
fn wait_for_lock(attempts: i32) -> bool {
    let pause = BUSY_STATE.with_borrow_mut(|waiting| {
        let waiting = waiting.as_mut()?;
        if attempts == 0 {
            waiting.since = Instant::now();
        }
        let left = waiting.timeout.saturating_sub(waiting.since.elapsed());
        let pause = Duration::from_micros(100 << attempts.clamp(0, 6)).min(MAX_PAUSE).min(left);
        (!left.is_zero() && !waiting.stopper.is_stopped()).then_some(pause)
    });
    if let Some(pause) = pause {
        std::thread::sleep(pause);
    }
    pause.is_some()
}
