//! Tracks the reads of a database, and holds new reads back while the write-ahead log restarts.
//!
//! SQLite restarts the log (overwrites it from the beginning) only when no connection reads from
//! it. If reads always overlap, that never happens and the log grows without bound
//! (<https://sqlite.org/wal.html#avoiding_excessively_large_wal_files>). Once the log exceeds a
//! limit, new reads therefore wait until the running ones have ended and a checkpoint has
//! restarted the log. Writes continue. If a read does not end in time, the wait is given up; the
//! restart is tried again when that read has ended.

use std::time::Duration;

use super::warnings;
use crate::engine::Name;
use crate::engine::sync::{
    Arc, AtomicBool, AtomicU64, Condvar, Instant, Mutex, MutexGuard, Ordering, Weak, lock, wait_until,
};
use crate::engine::timer::{self, Alarm};

/// The maximum time for which new reads are held back because of a read that does not end.
const HOLD_TIMEOUT: Duration = Duration::from_secs(5);

/// The maximum time for which a writer waits while reads are held back.
const THROTTLE_TIMEOUT: Duration = Duration::from_secs(1);

/// How often a read that is held back checks whether its request was stopped.
const CHECK_INTERVAL: Duration = Duration::from_millis(5);

pub(crate) struct ActiveReads {
    /// The size of the write-ahead log in bytes above which new reads are held back; 0 for no
    /// limit.
    limit: u64,
    held: AtomicBool,
    /// Whether the write-ahead log could not be restarted because of a read that did not end in
    /// time. The restart is tried again when the next read ends.
    restart_pending: AtomicBool,
    state: Mutex<State>,
    resumed: Condvar,
    start: Instant,
}

#[derive(Default)]
struct State {
    readers: Vec<Weak<Reader>>,
    /// The time since which new reads are held back; `None` if they are not.
    since: Option<Instant>,
    /// Whether the checkpoint that restarts the log was requested.
    restart_requested: bool,
    /// Whether the alarm is set that lets reads continue if a running read does not end in time.
    alarm_is_set: bool,
    /// The size of the write-ahead log in bytes when it last exceeded the limit.
    bytes: u64,
    /// The size of the write-ahead log in bytes from which on the restart is tried again after an
    /// attempt has failed.
    retry_at: u64,
    /// The start of the read that prevented the last attempt to restart the log; `None` if no read
    /// did.
    blocked_since: Option<Instant>,
}

/// A thread that can read.
pub(crate) struct Reader {
    name: Name,
    /// The start of the current read, in nanoseconds since the database was opened, plus 1; 0
    /// while the thread does not read.
    since: AtomicU64,
}

impl ActiveReads {
    pub(crate) fn new(limit: u64) -> Arc<ActiveReads> {
        let (held, restart_pending, state, resumed) = Default::default();
        Arc::new(ActiveReads { limit, held, restart_pending, state, resumed, start: Instant::now() })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Registers a thread that can read.
    pub(crate) fn reader(&self, name: &Name) -> Arc<Reader> {
        let reader = Arc::new(Reader { name: Arc::clone(name), since: AtomicU64::new(0) });
        let mut state = self.lock();
        state.readers.retain(|reader| reader.strong_count() > 0);
        state.readers.push(Arc::downgrade(&reader));
        reader
    }

    /// Begins a read. Waits while reads are held back, unless `is_stopped` returns true. A reader
    /// for which `may_wait` is false reads at once, because other threads wait for it. Calls
    /// `request_restart` if the restart was waiting only for this thread.
    pub(crate) fn enter(
        self: &Arc<ActiveReads>,
        reader: &Reader,
        may_wait: bool,
        is_stopped: impl Fn() -> bool,
        request_restart: impl Fn(),
    ) {
        loop {
            let since = self.start.elapsed().as_nanos() as u64 + 1;
            // Sequentially consistent stores and loads: the thread that holds reads back sets
            // `held` and then checks the readers, and a reader stores `since` and then checks
            // `held`. At least one of them sees the other.
            reader.since.store(since, Ordering::SeqCst);
            if !may_wait || !self.held.load(Ordering::SeqCst) {
                return;
            }
            self.leave(reader, &request_restart);
            let mut state = self.lock();
            while self.held.load(Ordering::SeqCst) {
                if is_stopped() {
                    return;
                }
                state = wait_until(&self.resumed, state, Instant::now() + CHECK_INTERVAL);
            }
        }
    }

    /// Ends a read. Calls `request_restart` if the restart of the log was waiting only for this
    /// read.
    pub(crate) fn leave(self: &Arc<ActiveReads>, reader: &Reader, request_restart: impl Fn()) {
        reader.since.store(0, Ordering::SeqCst);
        if self.restart_pending.load(Ordering::SeqCst) && self.hold_back(self.lock()) {
            request_restart();
        }
        if self.held.load(Ordering::SeqCst) {
            let mut state = self.lock();
            if state.since.is_some() && !state.restart_requested && state.oldest().is_none() {
                state.restart_requested = true;
                drop(state);
                self.resumed.notify_all();
                request_restart();
            }
        }
    }

    /// If a write-ahead log of `bytes` bytes exceeds the limit, holds new reads back from now on,
    /// so that the log can be restarted. Returns whether the caller should restart it at once
    /// because nobody reads.
    pub(crate) fn log_has_grown(self: &Arc<ActiveReads>, bytes: u64) -> bool {
        if self.limit == 0 || bytes <= self.limit {
            return false;
        }
        let mut state = self.lock();
        if state.since.is_some() || bytes < state.retry_at {
            return false;
        }
        state.bytes = bytes;
        self.hold_back(state)
    }

    /// Holds new reads back, unless the read that prevented the last attempt is still running.
    /// Returns whether new reads are now held back and nobody reads any more, so that the log can
    /// be restarted.
    fn hold_back(self: &Arc<ActiveReads>, mut state: MutexGuard<'_, State>) -> bool {
        if state.since.is_some() {
            return false;
        }
        if let (Some(blocked_since), Some((oldest, _))) = (state.blocked_since, state.oldest())
            && self.start + Duration::from_nanos(oldest) <= blocked_since
        {
            return false;
        }
        let now = Instant::now();
        (state.since, state.restart_requested, state.blocked_since) = (Some(now), false, None);
        state.retry_at = state.bytes + self.limit / 4;
        self.restart_pending.store(false, Ordering::SeqCst);
        self.held.store(true, Ordering::SeqCst);
        if !state.alarm_is_set {
            state.alarm_is_set = true;
            let reads: Arc<dyn Alarm> = Arc::clone(self) as _;
            timer::ring_at(now + HOLD_TIMEOUT, Arc::downgrade(&reads));
        }
        state.restart_requested = state.oldest().is_none();
        state.restart_requested
    }

    /// Makes a writer wait while reads are held back, if the write-ahead log is about to grow to
    /// twice the limit.
    pub(crate) fn throttle_writer(&self, bytes: u64) {
        if self.limit == 0 || bytes / 7 < self.limit / 4 || !self.held.load(Ordering::SeqCst) {
            return;
        }
        let until = Instant::now() + THROTTLE_TIMEOUT;
        let mut state = self.lock();
        while state.since.is_some() && !state.restart_requested && Instant::now() < until {
            state = wait_until(&self.resumed, state, until);
        }
    }

    /// Returns whether a write-ahead log of this size is longer than twice the limit. Overlapping
    /// reads do not let it grow that far; a read that does not end, or a single large write, does.
    pub(crate) fn is_far_too_long(&self, bytes: u64) -> bool {
        self.limit > 0 && bytes / 2 > self.limit
    }

    /// Records that the write-ahead log could not be restarted. If a read is the reason, the
    /// restart is tried again when the read has ended.
    fn restart_failed(&self) {
        let mut state = self.lock();
        if let Some((oldest, _)) = state.oldest() {
            state.blocked_since = Some(self.start + Duration::from_nanos(oldest));
            self.restart_pending.store(true, Ordering::SeqCst);
        }
    }

    /// Lets reads continue. `success` says that the write-ahead log was restarted.
    pub(crate) fn resume(&self, success: bool) {
        let mut state = self.lock();
        state.since = None;
        if success {
            state.retry_at = 0;
        }
        self.held.store(false, Ordering::SeqCst);
        drop(state);
        self.resumed.notify_all();
    }
}

/// A request to restart the write-ahead log. Reads continue when `done` is called, or when the
/// request is dropped.
pub(crate) struct Restart(Option<Arc<ActiveReads>>);

impl Restart {
    pub(crate) fn new(reads: &Arc<ActiveReads>) -> Restart {
        Restart(Some(Arc::clone(reads)))
    }

    /// Lets reads continue after the attempt to restart the log. `success` says whether it was
    /// restarted.
    pub(crate) fn done(&mut self, success: bool) {
        if let Some(reads) = self.0.take() {
            if !success {
                reads.restart_failed();
            }
            reads.resume(success);
        }
    }
}

impl Drop for Restart {
    fn drop(&mut self) {
        self.done(false);
    }
}

impl State {
    /// Returns the reader whose current read began first, with the start of that read, or `None`
    /// if nobody reads.
    fn oldest(&self) -> Option<(u64, Arc<Reader>)> {
        let readers = self.readers.iter().filter_map(Weak::upgrade);
        let reading =
            readers.map(|reader| (reader.since.load(Ordering::SeqCst), reader)).filter(|(since, _)| *since > 0);
        reading.min_by_key(|(since, _)| *since)
    }
}

impl Alarm for ActiveReads {
    /// Lets reads continue if they have been held back for too long, because a running read does
    /// not end.
    fn ring(&self, now: Instant) -> Option<Instant> {
        let mut state = self.lock();
        match state.since {
            Some(since) if since + HOLD_TIMEOUT <= now => {}
            Some(since) => return Some(since + HOLD_TIMEOUT),
            None => {
                state.alarm_is_set = false;
                return None;
            }
        }
        state.alarm_is_set = false;
        let oldest = state.oldest();
        if let Some((oldest, _)) = &oldest {
            state.blocked_since = Some(self.start + Duration::from_nanos(*oldest));
            // If the checkpoint was already requested, it is still queued, and decides itself
            // about another attempt.
            self.restart_pending.store(!state.restart_requested, Ordering::SeqCst);
        }
        drop(state);
        self.resume(false);
        if let Some((oldest, reader)) = oldest {
            let reads_for = now.saturating_duration_since(self.start + Duration::from_nanos(oldest));
            warnings::log_cannot_restart(&reader.name, reads_for, self.limit);
        }
        None
    }
}
