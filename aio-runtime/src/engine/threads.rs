//! Starts and counts the threads of one database, and reports when the last one has ended.

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

/// The counted threads of a database.
pub(crate) struct Threads {
    running: Mutex<usize>,
    is_closing: AtomicBool,
    have_ended: watch::Sender<bool>,
    /// Called while the database is closing, with the number of running threads.
    on_remaining: Box<dyn Fn(usize) + Send + Sync>,
}

/// Stands for one running thread. When it is dropped, the thread is no longer counted, and its end
/// is reported.
struct Counted(Arc<Threads>);

impl Threads {
    /// Creates an empty set of threads. `on_remaining` is called with the number of running
    /// threads when closing begins, and again after each thread that ends.
    pub(crate) fn new(on_remaining: impl Fn(usize) + Send + Sync + 'static) -> Arc<Threads> {
        Arc::new(Threads {
            running: Mutex::new(0),
            is_closing: AtomicBool::new(false),
            have_ended: watch::Sender::new(false),
            on_remaining: Box::new(on_remaining),
        })
    }

    /// Starts a thread that runs `body`. A panic of `body` ends the thread without an error.
    ///
    /// # Errors
    /// Fails if the system cannot start a thread; `body` is dropped then.
    pub(crate) fn spawn(self: &Arc<Threads>, name: &Name, body: impl FnOnce() + Send + 'static) -> Result<()> {
        *lock(&self.running) += 1;
        let counted = Counted(Arc::clone(self));
        let run = move || {
            // `_counted` is dropped after the values that `body` owns, so that the thread counts
            // as running until those are dropped.
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

    /// Records that closing begins. Returns `false` if it had already begun.
    pub(crate) fn begin_closing(&self) -> bool {
        !self.is_closing.swap(true, Ordering::AcqRel)
    }

    /// If closing has begun, passes the number of running threads to `on_remaining`. If that is 0,
    /// wakes the tasks that wait for the end.
    pub(crate) fn report_remaining(&self) {
        if self.are_closing() {
            let running = *lock(&self.running);
            (self.on_remaining)(running);
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
    pub(crate) async fn wait_for_end(&self) {
        let mut ended = self.have_ended.subscribe();
        // Waiting fails only if the sender was dropped, and `self` holds the sender.
        let _ = shielded(ended.wait_for(|ended| *ended)).await;
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        *lock(&self.0.running) -= 1;
        self.0.report_remaining();
    }
}
