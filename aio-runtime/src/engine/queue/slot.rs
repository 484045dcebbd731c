//! A thread's place at a queue: how it takes requests, and how it waits for them.

use std::collections::VecDeque;
use std::time::Duration;

use super::super::name::Name;
use super::super::request::Request;
use super::super::sync::{Arc, Instant, MutexGuard, Ordering, Spin, wait, wait_until};
use super::super::timer;
use super::{Door, Queue, State};

/// How long a thread that helps out waits for something to do.
const HELPER_IDLES_FOR: Duration = Duration::from_secs(2);

/// The place of one thread among those that serve a queue; given back when it is dropped.
pub(crate) struct Slot {
    queue: Arc<Queue>,
    number: usize,
}

/// What a thread gets from the queue.
#[allow(clippy::large_enum_variant, reason = "it is taken apart at once, and nearly always holds a request")]
pub(crate) enum Next {
    Request(Request),
    /// There is nothing to do for a thread that only helps out.
    Idle,
    /// The queue is closed and empty.
    Closed,
}

impl Slot {
    /// Takes a place for the thread of this name.
    pub(crate) fn take(queue: &Arc<Queue>, name: &Name) -> Slot {
        let number = queue.lock().slots.add(name);
        Slot { queue: Arc::clone(queue), number }
    }

    /// Returns its number, by which [`Queue::stall`] knows the thread.
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// Takes the next request, and waits for one. Says whether a transaction is open, whose
    /// requests are still taken where others are refused.
    pub(crate) fn next(&self, helps_out: bool, in_transaction: bool) -> Next {
        let queue = &*self.queue;
        let mut state = queue.lock();
        state.slots.end_work(self.number);
        let mut may_spin = true;
        let until = helps_out.then(|| timer::after(Instant::now(), HELPER_IDLES_FOR));
        loop {
            if let Some(request) = state.requests.pop_front() {
                state.begin_work(self.number, &request);
                if queue.acquire_timeout.is_none() && !state.requests.is_empty() {
                    request.responder.job().unblock();
                }
                return Next::Request(request);
            }
            if state.door == Door::Closed || state.door == Door::Transactions && !in_transaction {
                return Next::Closed;
            }
            if until.is_some_and(|until| until <= Instant::now()) {
                state.slots.set_leaving(self.number);
                return Next::Idle;
            }
            state = self.wait(state, &mut may_spin, until);
        }
    }

    /// Waits until there is a request to take; `false` when the queue is closed and empty.
    pub(crate) fn wait_for_work(&self) -> bool {
        let mut state = self.queue.lock();
        state.slots.end_work(self.number);
        let mut may_spin = true;
        loop {
            if !state.requests.is_empty() {
                return true;
            }
            if state.door == Door::Closed {
                return false;
            }
            state = self.wait(state, &mut may_spin, None);
        }
    }

    /// Takes the first request, and those behind it that may share its transaction, `most`
    /// altogether.
    pub(crate) fn take_group(&self, most: usize, group: &mut VecDeque<Request>) {
        let mut state = self.queue.lock();
        let Some(first) = state.requests.pop_front() else { return };
        state.begin_work(self.number, &first);
        let mut shares = first.command.can_share_transaction();
        group.push_back(first);
        while shares && group.len() < most {
            let Some(next) = state.requests.front() else { return };
            shares = next.command.can_share_transaction();
            if shares && let Some(next) = state.requests.pop_front() {
                state.count(&next);
                group.push_back(next);
            }
        }
    }

    /// Waits a while for the state to change: spins once, if no other thread works or spins, and
    /// then sleeps.
    fn wait<'a>(
        &'a self,
        state: MutexGuard<'a, State>,
        may_spin: &mut bool,
        until: Option<Instant>,
    ) -> MutexGuard<'a, State> {
        if *may_spin && state.spinning == 0 && state.slots.are_idle() {
            *may_spin = false;
            return self.spin(state);
        }
        self.sleep(state, until)
    }

    /// Spins without the lock until a request comes, or not for long. The queue is empty.
    fn spin<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let queue = &*self.queue;
        state.spinning += 1;
        let mut spin = std::mem::take(&mut state.spin);
        queue.waiting.store(0, Ordering::Release);
        drop(state);
        spin.spin(Spin::FOR_A_REQUEST, || queue.waiting.load(Ordering::Acquire) > 0);
        let mut state = queue.lock();
        state.spinning -= 1;
        state.spin = spin;
        state
    }

    /// Sleeps until the thread is woken. The one that fell asleep last is woken first: its caches
    /// are warm.
    fn sleep<'a>(&'a self, mut state: MutexGuard<'a, State>, until: Option<Instant>) -> MutexGuard<'a, State> {
        let Some(condvar) = state.slots.condvar(self.number) else { return state };
        state.sleeping.push(Arc::clone(&condvar));
        state = match until {
            Some(until) => wait_until(&condvar, state, until),
            None => wait(&condvar, state),
        };
        // Whoever has woken the thread has taken the condvar from the list.
        state.sleeping.retain(|other| !Arc::ptr_eq(other, &condvar));
        state
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.slots.remove(self.number);
        // What was left for this thread, since it had answered and was to come back.
        let wake = if state.requests.is_empty() { None } else { state.sleeping.pop() };
        drop(state);
        if let Some(condvar) = wake {
            condvar.notify_one();
        }
    }
}
