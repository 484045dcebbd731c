//! Futures that are polled by hand, and dropped when a test wants it.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use crate::fake::Gate;

/// A future that has begun.
pub(super) type Begun<F> = Pin<Box<F>>;

/// Polls a future once; it must not be ready.
pub(super) async fn begun<F: Future>(future: F) -> Begun<F> {
    let mut future = Box::pin(future);
    assert!(poll_once(&mut future).await.is_none(), "it is ready at its first poll");
    future
}

/// Polls a future once.
pub(super) async fn poll_once<F: Future>(future: &mut Begun<F>) -> Option<F::Output> {
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Polls a future until a driver has come to a gate.
pub(super) async fn begun_until<F: Future>(gate: &Gate, future: F) -> Begun<F> {
    let mut future = Box::pin(future);
    assert!(poll_until(gate, &mut future).await.is_none(), "it is ready before the gate is reached");
    future
}

/// Polls a future until a driver has come to a gate, or until it is ready before that.
pub(super) async fn poll_until<F: Future>(gate: &Gate, future: &mut Begun<F>) -> Option<F::Output> {
    let mut reached = pin!(gate.reached());
    poll_fn(|context| {
        if reached.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        future.as_mut().poll(context).map(Some)
    })
    .await
}

/// Runs a test with a time that is over soon. Where the machine was too slow for what has to be
/// done in that time, which the test says by `None`, it is run again with a longer one.
pub(super) async fn with_little_time<T>(test: impl AsyncFn(Duration) -> Option<T>) -> T {
    for milliseconds in [2, 20, 200, 2000] {
        if let Some(done) = test(Duration::from_millis(milliseconds)).await {
            return done;
        }
    }
    panic!("nothing begins within seconds");
}

/// Polls a future as often, each time that it is woken, and drops it then.
pub(super) async fn poll_times<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(|context| {
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
