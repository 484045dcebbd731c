//! The threads of one database: starting and counting them, and the end of the last.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::sync::watch;

use super::name::{Name, PREFIX};
use super::sync::lock;
use super::waking::shielded;
use crate::caught::caught;
use crate::error::{Error, ErrorKind, Result};

/// Counts the threads of a database.
pub(crate) struct Threads {
    running: Mutex<usize>,
    is_closing: AtomicBool,
    have_ended: watch::Sender<bool>,
    /// Called while the database closes, with the number of threads that are left.
    left: Box<dyn Fn(usize) + Send + Sync>,
}

/// A thread that runs, or is about to; its end is counted when this is dropped.
struct Counted(Arc<Threads>);

impl Threads {
    /// `left` is called while the database closes: when that begins, and after each thread that
    /// ends, with the number of those that still run.
    pub(crate) fn new(left: impl Fn(usize) + Send + Sync + 'static) -> Arc<Threads> {
        Arc::new(Threads {
            running: Mutex::new(0),
            is_closing: AtomicBool::new(false),
            have_ended: watch::Sender::new(false),
            left: Box::new(left),
        })
    }

    /// Starts a thread. A panic ends it silently.
    ///
    /// # Errors
    /// Where the system gives no further thread; `body` is dropped then.
    pub(crate) fn spawn(self: &Arc<Threads>, name: &Name, body: impl FnOnce() + Send + 'static) -> Result<()> {
        *lock(&self.running) += 1;
        let counted = Counted(Arc::clone(self));
        let run = move || {
            // Dropped behind what the thread owns.
            let _counted = counted;
            drop(caught(body));
        };
        let spawned = thread::Builder::new().name(name.to_string()).spawn(run);
        spawned.map(drop).map_err(|error| {
            let what = name.trim_start_matches(PREFIX);
            Error::new(ErrorKind::Other, format!("cannot start the thread of the {what}")).with_source(error)
        })
    }

    /// Returns whether closing has begun.
    pub(crate) fn are_closing(&self) -> bool {
        self.is_closing.load(Ordering::Acquire)
    }

    /// Records that closing begins; `false` if it has begun before.
    pub(crate) fn begin_to_close(&self) -> bool {
        !self.is_closing.swap(true, Ordering::AcqRel)
    }

    /// Tells how many threads are left, once closing has begun.
    pub(crate) fn tell_left(&self) {
        if self.are_closing() {
            let running = *lock(&self.running);
            (self.left)(running);
            if running == 0 {
                self.have_ended.send_replace(true);
            }
        }
    }

    /// Returns whether closing has begun and every thread has ended.
    pub(crate) fn have_ended(&self) -> bool {
        *self.have_ended.borrow()
    }

    /// Waits until closing has begun and every thread has ended.
    pub(crate) async fn end(&self) {
        let mut ended = self.have_ended.subscribe();
        // It cannot fail while the sender is there.
        let _ = shielded(ended.wait_for(|ended| *ended)).await;
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        *lock(&self.0.running) -= 1;
        self.0.tell_left();
    }
}
