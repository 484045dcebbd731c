//! Notifications of a server, on their way from the thread that receives them to the task that
//! waits for them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use super::errors::thread_died;
use super::sync::lock;
use super::waking::TaskWaker;
use super::waking::shielded;
use crate::error::Result;

/// The number of bytes that notifications may occupy while their task does not read them.
const MAX_BYTES: usize = 8 << 20;

/// What each notification occupies beside its texts.
const BYTES_OF_EACH: usize = size_of::<Heard>();

/// A notification that a database server has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notification {
    /// The name of the channel.
    pub channel: String,
    /// The text that was sent, which may be empty.
    pub payload: String,
    /// The id of the server's process whose session has sent the notification
    /// (`pg_backend_pid()`).
    pub process_id: i32,
}

/// What a task hears that listens to channels: the items of
/// [`Notifications`](crate::Notifications).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A notification.
    Notification(Notification),
    /// Notifications may be missing here. Whoever keeps something that the notifications tell of
    /// reads it anew: what is sent after that is received.
    ///
    /// The connection to the server was lost and has been opened again, or the task has not read
    /// for so long that further notifications were thrown away.
    Lost,
}

/// What one task has yet to hear.
#[derive(Default)]
pub(crate) struct Inbox(Mutex<State>);

#[derive(Default)]
struct State {
    heard: VecDeque<Heard>,
    /// The number of bytes of the notifications.
    bytes: usize,
    /// Whether there was no room for a notification. Those after it are thrown away until the task
    /// has heard that some are lost.
    is_full: bool,
    has_ended: bool,
    waker: Option<TaskWaker>,
}

impl Notification {
    fn bytes(&self) -> usize {
        BYTES_OF_EACH + self.channel.len() + self.payload.len()
    }
}

impl Inbox {
    /// Adds a notification, or what says that some are lost if there is no room for it.
    pub(crate) fn push(&self, notification: &Notification) {
        self.change(|state| {
            if state.is_full {
                return;
            }
            let bytes = state.bytes + notification.bytes();
            if bytes > MAX_BYTES {
                state.is_full = true;
                state.push_lost();
            } else {
                state.bytes = bytes;
                state.heard.push_back(Heard::Notification(notification.clone()));
            }
        });
    }

    /// Adds what says that notifications may be missing.
    pub(crate) fn push_lost(&self) {
        self.change(State::push_lost);
    }

    /// Records that nothing more comes.
    pub(crate) fn end(&self) {
        self.change(|state| state.has_ended = true);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let waker = {
            let mut state = lock(&self.0);
            change(&mut state);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Takes what comes next, or `None` at the end.
    pub(crate) fn poll(&self, context: &mut Context<'_>) -> Poll<Option<Heard>> {
        let mut state = lock(&self.0);
        if let Some(heard) = state.heard.pop_front() {
            match &heard {
                Heard::Notification(notification) => state.bytes -= notification.bytes(),
                Heard::Lost if state.heard.is_empty() => state.is_full = false,
                Heard::Lost => {}
            }
            return Poll::Ready(Some(heard));
        }
        if state.has_ended {
            return Poll::Ready(None);
        }
        let before = state.waker.replace(TaskWaker::of(context));
        drop(state);
        drop(before);
        Poll::Pending
    }
}

impl State {
    fn push_lost(&mut self) {
        if self.heard.back() != Some(&Heard::Lost) {
            self.heard.push_back(Heard::Lost);
        }
    }
}

/// What a task listens to. Listening ends when this is dropped.
pub(crate) struct Subscription {
    inbox: Arc<Inbox>,
    /// Ends the listening, without blocking.
    end: Box<dyn Fn() + Send + Sync>,
}

impl Subscription {
    pub(crate) fn new(inbox: &Arc<Inbox>, end: impl Fn() + Send + Sync + 'static) -> Subscription {
        Subscription { inbox: Arc::clone(inbox), end: Box::new(end) }
    }

    pub(crate) fn inbox(&self) -> &Inbox {
        &self.inbox
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        (self.end)();
    }
}

/// A subscription that the server has not confirmed yet.
pub(crate) struct PendingSubscription {
    pub(crate) subscription: Subscription,
    pub(crate) confirmed: oneshot::Receiver<Result<()>>,
}

impl PendingSubscription {
    /// Waits until what is sent from then on is received.
    pub(crate) async fn confirmed(self) -> Result<Subscription> {
        shielded(self.confirmed).await.unwrap_or_else(|_| Err(thread_died()))?;
        Ok(self.subscription)
    }
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::{Heard, Inbox, MAX_BYTES, Notification, lock};

    fn notification(payload: &str) -> Notification {
        Notification { channel: "news".to_owned(), payload: payload.to_owned(), process_id: 1 }
    }

    fn next(inbox: &Inbox) -> Option<Heard> {
        match inbox.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(heard) => heard,
            Poll::Pending => panic!("there is something to hear"),
        }
    }

    #[test]
    fn a_full_inbox_keeps_what_it_has_and_says_once_that_the_rest_is_lost() {
        let inbox = Inbox::default();
        let large = notification(&"x".repeat(7_999));
        let room = MAX_BYTES / large.bytes();
        for _ in 0..room + 10 {
            inbox.push(&large);
        }
        inbox.push_lost();
        for _ in 0..room {
            assert_eq!(next(&inbox), Some(Heard::Notification(large.clone())));
        }
        // Who reads anew after it has heard of the loss needs nothing that came before.
        inbox.push(&notification("small"));
        assert_eq!(next(&inbox), Some(Heard::Lost));
        inbox.push(&notification("later"));
        inbox.end();
        assert_eq!(next(&inbox), Some(Heard::Notification(notification("later"))));
        assert_eq!(next(&inbox), None);
        assert_eq!(lock(&inbox.0).bytes, 0);
    }
}
