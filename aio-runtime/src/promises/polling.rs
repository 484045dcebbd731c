//! Polling and dropping futures by hand.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use crate::fake::Gate;

/// A pinned future, which can be polled again and again.
pub(super) type Polled<F> = Pin<Box<F>>;

/// Polls a future once and checks that it is pending.
pub(super) async fn poll_pending<F: Future>(future: F) -> Polled<F> {
    let mut future = Box::pin(future);
    assert!(poll_once(&mut future).await.is_none(), "it is ready at its first poll");
    future
}

/// Polls a future once. Returns `None` if it is pending.
pub(super) async fn poll_once<F: Future>(future: &mut Polled<F>) -> Option<F::Output> {
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Polls a future until a driver has reached a gate.
pub(super) async fn poll_until_reached<F: Future>(gate: &Gate, future: F) -> Polled<F> {
    let mut future = Box::pin(future);
    assert!(poll_until_reached_or_ready(gate, &mut future).await.is_none(), "it is ready before the gate is reached");
    future
}

/// Polls a future until a driver has reached a gate, which returns `None`, or until the future is
/// ready.
pub(super) async fn poll_until_reached_or_ready<F: Future>(gate: &Gate, future: &mut Polled<F>) -> Option<F::Output> {
    let mut reached = pin!(gate.reached());
    poll_fn(|context| {
        if reached.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        future.as_mut().poll(context).map(Some)
    })
    .await
}

/// Runs a test with a short timeout. If the machine was too slow for the test within that time,
/// the test returns `None` and is run again with a longer timeout.
pub(super) async fn with_little_time<T>(test: impl AsyncFn(Duration) -> Option<T>) -> T {
    for milliseconds in [2, 20, 200, 2000] {
        if let Some(done) = test(Duration::from_millis(milliseconds)).await {
            return done;
        }
    }
    panic!("nothing begins within seconds");
}

/// Polls a future at most `times` times, whenever it is woken, and then drops it. Returns `None`
/// if it was not ready by then.
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
