//! Wakes tasks. A waker is code of the async runtime and may panic, so wakers are called and
//! dropped only here, inside a catch.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use crate::caught::{Foreign, caught};

/// The waker of a waiting task.
pub(crate) struct TaskWaker(Foreign<Waker>);

impl TaskWaker {
    pub(crate) fn of(context: &Context<'_>) -> TaskWaker {
        TaskWaker(Foreign::new(context.waker().clone()))
    }

    /// Returns whether this waker wakes the task of this context.
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

/// Makes a `Waker` of a `TaskWaker`, for a future that has to be polled with a `Waker`.
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
/// Such a library wakes all waiting tasks in one loop on one of our threads. A panic in a waker
/// would end that thread, and the wakers after it in the loop would never be called.
pub(crate) async fn shielded<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    poll_fn(|context| {
        let waker = Waker::from(Arc::new(Shield(TaskWaker::of(context))));
        future.as_mut().poll(&mut Context::from_waker(&waker))
    })
    .await
}
