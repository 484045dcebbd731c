//! Who reads, and how new reads are held back while the write-ahead log is begun anew.
//!
//! SQLite begins the log anew only at a moment when nobody reads from it. Reads that overlap leave
//! no such moment, and the log grows without end
//! (<https://sqlite.org/wal.html#avoiding_excessively_large_wal_files>). Past a limit new reads
//! therefore wait until those under way have ended and the log is empty. Writes go on. A read that
//! does not end in time is waited for no longer; when it has ended, what was given up is done.

use std::time::Duration;

use super::warnings;
use crate::engine::Name;
use crate::engine::sync::{
    Arc, AtomicBool, AtomicU64, Condvar, Instant, Mutex, MutexGuard, Ordering, Weak, lock, wait_until,
};
use crate::engine::timer::{self, Alarm};

/// How long new reads are held back for one that does not end.
const HOLD_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a writer waits for the reads that make way.
const SLOWED: Duration = Duration::from_secs(1);

/// How often a read that is held back checks whether it is still wanted.
const CHECK_INTERVAL: Duration = Duration::from_millis(5);

pub(crate) struct Reads {
    /// Bytes of the log; 0 for no limit.
    limit: u64,
    held: AtomicBool,
    /// The log was not begun anew, because of a read that did not end in time.
    given_up: AtomicBool,
    state: Mutex<State>,
    let_go: Condvar,
    start: Instant,
}

#[derive(Default)]
struct State {
    readers: Vec<Weak<Reader>>,
    /// When reads began to be held back.
    since: Option<Instant>,
    /// The checkpoint has been asked for.
    asked: bool,
    /// The alarm is set that gives up.
    watched: bool,
    /// The log's size when it was past the limit.
    bytes: u64,
    /// The log's size at which it is tried next, and the moment before which the read began that
    /// was waited for in vain.
    next_try: u64,
    in_vain: Option<Instant>,
}

/// A thread that may read.
pub(crate) struct Reader {
    name: Name,
    /// When its read began, in nanoseconds since the database was opened, counted from 1; 0 if it
    /// does not read.
    since: AtomicU64,
}

impl Reads {
    pub(crate) fn new(limit: u64) -> Arc<Reads> {
        let (held, given_up, state, let_go) = Default::default();
        Arc::new(Reads { limit, held, given_up, state, let_go, start: Instant::now() })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// A thread that may read.
    pub(crate) fn reader(&self, name: &Name) -> Arc<Reader> {
        let reader = Arc::new(Reader { name: Arc::clone(name), since: AtomicU64::new(0) });
        let mut state = self.lock();
        state.readers.retain(|reader| reader.strong_count() > 0);
        state.readers.push(Arc::downgrade(&reader));
        reader
    }

    /// Begins a read; waits while reads are held back, as long as the read is wanted. The last
    /// read to make way has to ask for the checkpoint, by the closure. Who `may_wait` not, because
    /// others wait for it, reads at once.
    pub(crate) fn enter(
        self: &Arc<Reads>,
        reader: &Reader,
        may_wait: bool,
        unwanted: impl Fn() -> bool,
        ask: impl Fn(),
    ) {
        loop {
            let since = self.start.elapsed().as_nanos() as u64 + 1;
            // Whoever holds reads back sets the flag and then checks the readers; a reader does
            // the reverse.
            reader.since.store(since, Ordering::SeqCst);
            if !may_wait || !self.held.load(Ordering::SeqCst) {
                return;
            }
            self.leave(reader, &ask);
            let mut state = self.lock();
            while self.held.load(Ordering::SeqCst) {
                if unwanted() {
                    return;
                }
                state = wait_until(&self.let_go, state, Instant::now() + CHECK_INTERVAL);
            }
        }
    }

    /// Ends a read.
    pub(crate) fn leave(self: &Arc<Reads>, reader: &Reader, ask: impl Fn()) {
        reader.since.store(0, Ordering::SeqCst);
        if self.given_up.load(Ordering::SeqCst) && self.hold(self.lock()) {
            ask();
        }
        if self.held.load(Ordering::SeqCst) {
            let mut state = self.lock();
            if state.since.is_some() && !state.asked && state.oldest().is_none() {
                state.asked = true;
                drop(state);
                self.let_go.notify_all();
                ask();
            }
        }
    }

    /// Records that the log has grown to a length of `bytes`. Returns whether to begin it anew at
    /// once, since nobody reads; if somebody does, new reads are held back from here on.
    pub(crate) fn log_has_grown(self: &Arc<Reads>, bytes: u64) -> bool {
        if self.limit == 0 || bytes <= self.limit {
            return false;
        }
        let mut state = self.lock();
        if state.since.is_some() || bytes < state.next_try {
            return false;
        }
        state.bytes = bytes;
        self.hold(state)
    }

    /// Holds new reads back, unless the read is still under way that was waited for in vain. Says
    /// whether nobody reads.
    fn hold(self: &Arc<Reads>, mut state: MutexGuard<'_, State>) -> bool {
        if state.since.is_some() {
            return false;
        }
        if let (Some(in_vain), Some((oldest, _))) = (state.in_vain, state.oldest())
            && self.start + Duration::from_nanos(oldest) <= in_vain
        {
            return false;
        }
        let now = Instant::now();
        (state.since, state.asked, state.in_vain) = (Some(now), false, None);
        state.next_try = state.bytes + self.limit / 4;
        self.given_up.store(false, Ordering::SeqCst);
        self.held.store(true, Ordering::SeqCst);
        if !state.watched {
            state.watched = true;
            let reads: Arc<dyn Alarm> = Arc::clone(self) as _;
            timer::ring_at(now + HOLD_TIMEOUT, Arc::downgrade(&reads));
        }
        state.asked = state.oldest().is_none();
        state.asked
    }

    /// Who writes while reads make way waits for them, for a while, where the log would soon have
    /// twice the bytes that it may have.
    pub(crate) fn slow_down(&self, bytes: u64) {
        if self.limit == 0 || bytes / 7 < self.limit / 4 || !self.held.load(Ordering::SeqCst) {
            return;
        }
        let until = Instant::now() + SLOWED;
        let mut state = self.lock();
        while state.since.is_some() && !state.asked && Instant::now() < until {
            state = wait_until(&self.let_go, state, until);
        }
    }

    /// Returns whether a log of this length is longer than reads that overlap ever make it: one
    /// write has made it so.
    pub(crate) fn is_far_too_long(&self, bytes: u64) -> bool {
        self.limit > 0 && bytes / 2 > self.limit
    }

    /// The log could not be begun anew. If somebody reads, that is why, and it is done when the
    /// read has ended.
    fn was_read(&self) {
        let mut state = self.lock();
        if let Some((oldest, _)) = state.oldest() {
            state.in_vain = Some(self.start + Duration::from_nanos(oldest));
            self.given_up.store(true, Ordering::SeqCst);
        }
    }

    /// Lets reads go on. After `success` the log is empty.
    pub(crate) fn let_go(&self, success: bool) {
        let mut state = self.lock();
        state.since = None;
        if success {
            state.next_try = 0;
        }
        self.held.store(false, Ordering::SeqCst);
        drop(state);
        self.let_go.notify_all();
    }
}

/// The request to begin the log anew. Reads go on when it has been done, or is given up.
pub(crate) struct Restart(Option<Arc<Reads>>);

impl Restart {
    pub(crate) fn new(reads: &Arc<Reads>) -> Restart {
        Restart(Some(Arc::clone(reads)))
    }

    /// It was tried.
    pub(crate) fn done(&mut self, success: bool) {
        if let Some(reads) = self.0.take() {
            if !success {
                reads.was_read();
            }
            reads.let_go(success);
        }
    }
}

impl Drop for Restart {
    fn drop(&mut self) {
        self.done(false);
    }
}

impl State {
    /// The read that began first.
    fn oldest(&self) -> Option<(u64, Arc<Reader>)> {
        let readers = self.readers.iter().filter_map(Weak::upgrade);
        let reading =
            readers.map(|reader| (reader.since.load(Ordering::SeqCst), reader)).filter(|(since, _)| *since > 0);
        reading.min_by_key(|(since, _)| *since)
    }
}

impl Alarm for Reads {
    /// Gives up on a read that does not end.
    fn ring(&self, now: Instant) -> Option<Instant> {
        let mut state = self.lock();
        match state.since {
            Some(since) if since + HOLD_TIMEOUT <= now => {}
            Some(since) => return Some(since + HOLD_TIMEOUT),
            None => {
                state.watched = false;
                return None;
            }
        }
        state.watched = false;
        let oldest = state.oldest();
        if let Some((oldest, _)) = &oldest {
            state.in_vain = Some(self.start + Duration::from_nanos(*oldest));
            // What has been asked for is still on its way.
            self.given_up.store(!state.asked, Ordering::SeqCst);
        }
        drop(state);
        self.let_go(false);
        if let Some((oldest, reader)) = oldest {
            let reads_for = now.saturating_duration_since(self.start + Duration::from_nanos(oldest));
            warnings::log_cannot_be_begun_anew(&reader.name, reads_for, self.limit);
        }
        None
    }
}
