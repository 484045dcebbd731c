//! Tasks that are woken. A waker is code of the async runtime's: it is woken and dropped here
//! alone, behind a catch.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use crate::caught::{Foreign, caught};

/// The waker of a task that waits.
pub(crate) struct TaskWaker(Foreign<Waker>);

impl TaskWaker {
    pub(crate) fn of(context: &Context<'_>) -> TaskWaker {
        TaskWaker(Foreign::new(context.waker().clone()))
    }

    /// Whether it wakes the task of this context.
    pub(crate) fn is_of(&self, context: &Context<'_>) -> bool {
        self.0.get().is_some_and(|waker| waker.will_wake(context.waker()))
    }

    /// Wakes the task.
    pub(crate) fn wake(mut self) {
        if let Some(waker) = self.0.take() {
            drop(caught(|| waker.wake()));
        }
    }
}

/// The same for what takes only a `Waker`.
struct Shield(TaskWaker);

impl Wake for Shield {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(waker) = self.0.0.get() {
            drop(caught(|| waker.wake_by_ref()));
        }
    }
}

/// Polls a future of another library with a waker that cannot panic.
///
/// Such a library wakes all who wait in one loop, on a thread of ours: a waker that panicked there
/// would end the thread, and the wakers behind it in the loop would never be called.
pub(crate) async fn shielded<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    poll_fn(|context| {
        let waker = Waker::from(Arc::new(Shield(TaskWaker::of(context))));
        future.as_mut().poll(&mut Context::from_waker(&waker))
    })
    .await
}
