//! Sends cancel requests to a server.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use super::Watch;
use crate::caught::caught;
use crate::engine::name_of;
use crate::error::{Error, ErrorKind, Result};

/// Sends cancel requests to a server, on a thread of its own: who stops a statement must not wait
/// for the network. The thread ends when the last clone is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Canceller(Sender<Box<dyn FnOnce() + Send>>);

impl Canceller {
    /// Starts the thread.
    ///
    /// # Errors
    /// Fails if the system cannot start a thread.
    pub(crate) fn start() -> Result<Canceller> {
        let (sender, receiver) = channel::<Box<dyn FnOnce() + Send>>();
        let run = move || {
            for send in receiver {
                // Each request has a thread, so that a host that cannot be reached holds up no
                // other request. If the thread cannot be started, the request is dropped.
                let send = move || drop(caught(send));
                drop(thread::Builder::new().name(name_of("cancel").to_string()).spawn(send));
            }
        };
        let started = thread::Builder::new().name(name_of("canceller").to_string()).spawn(run);
        started.map_err(|error| {
            Error::new(ErrorKind::Other, "cannot start the thread that cancels statements").with_source(error)
        })?;
        Ok(Canceller(sender))
    }

    /// Cancels the running statement of a connection, when its [`Watch`] allows it: `send` sends
    /// the request and returns when the server has taken it. It is called again while the
    /// statement runs on. Does not block.
    pub(crate) fn cancel(&self, watch: &Arc<Watch>, send: impl Fn() + Send + 'static) {
        let Some(number) = watch.request_cancel() else { return };
        let request = Request { watch: Arc::clone(watch), number };
        let request = move || {
            if !request.watch.may_cancel(request.number) {
                return;
            }
            let sending = Sending(&request.watch);
            send();
            while request.watch.must_repeat_cancel(request.number) {
                send();
            }
            drop(sending);
        };
        // If the thread has ended, the closure is dropped, which counts as delivered.
        drop(self.0.send(Box::new(request)));
    }
}

/// A cancel request, which is recorded as delivered when this is dropped, however the sending has
/// ended.
struct Request {
    watch: Arc<Watch>,
    number: u64,
}

impl Drop for Request {
    fn drop(&mut self) {
        self.watch.cancel_delivered(self.number);
    }
}

/// Counts as a thread that sends a cancel request until it is dropped, also if the thread panics.
struct Sending<'a>(&'a Watch);

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        self.0.end_cancel();
    }
}
