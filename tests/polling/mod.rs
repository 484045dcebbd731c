//! An executor that polls a future at most a given number of times, and then drops it.

// Each test binary uses a part of this module.
#![allow(dead_code)]

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls a future at most `times` times, whenever it is woken, and then drops it. Returns `None`
/// if it was not ready by then.
pub(crate) fn poll_times<T>(future: impl Future<Output = T>, times: usize) -> Option<T> {
    // In a task of tokio, its own primitives let nobody continue after a number of polls until the
    // task has yielded, which it does not do here.
    let mut future = pin!(tokio::task::unconstrained(future));
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    for poll in 1..=times {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return Some(value),
            Poll::Pending if poll < times => thread::park(),
            Poll::Pending => {}
        }
    }
    None
}

/// Polls a future until it is ready.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    poll_times(future, usize::MAX).expect("it ends")
}
