//! How one thread takes requests from a queue, and how it waits for them.

use std::collections::VecDeque;
use std::time::Duration;

use super::super::name::Name;
use super::super::pipelining::Pipelining;
use super::super::request::Request;
use super::super::sync::{Arc, Condvar, Instant, MutexGuard, Ordering, Spin, wait, wait_until};
use super::super::timer;
use super::{BRIEF_PER_THREAD, Intake, MAX_MEMBERS, Queue, SOON, State};

/// The registration of one thread at a queue. Dropping it removes the thread from the queue.
pub(crate) struct Slot {
    queue: Arc<Queue>,
    number: usize,
}

/// The result of asking the queue for a request.
#[allow(clippy::large_enum_variant, reason = "it is taken apart at once, and nearly always holds a request")]
pub(crate) enum Next {
    Request(Request),
    /// There was no work for as long as the thread waits for some.
    Idle,
    /// The queue is empty, and will accept no further request for this thread.
    Closed,
}

impl Slot {
    /// Registers the thread of this name.
    pub(crate) fn register(queue: &Arc<Queue>, name: &Name) -> Slot {
        let number = queue.lock().slots.add(name);
        Slot { queue: Arc::clone(queue), number }
    }

    /// Returns the number that identifies the thread in [`Queue::stall`].
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// Takes the next request, or waits for one, at most for the time `patience`. `in_transaction`
    /// says whether a transaction is open: the requests of that transaction are still accepted
    /// when the queue refuses others. A thread whose [`Pipelining`] is not `Off` has to call
    /// [`take_share`](Slot::take_share) after a request that can be pipelined.
    pub(crate) fn next(&self, patience: Option<Duration>, in_transaction: bool, pipelining: Pipelining) -> Next {
        let queue = &self.queue;
        let mut state = queue.lock();
        state.slots.end_work(self.number);
        let mut may_spin = true;
        let until = patience.map(|patience| timer::after(Instant::now(), patience));
        loop {
            if let Some(request) = state.requests.pop_front() {
                state.begin_work(self.number, &request);
                if queue.acquire_timeout.is_none() && !state.requests.is_empty() {
                    request.responder.job().unblock();
                }
                if pipelining != Pipelining::Off {
                    state.pipelining = pipelining;
                }
                let takes_others = pipelining != Pipelining::Off && request.can_be_pipelined();
                if takes_others && !state.requests.is_empty() && !state.sleeping.is_empty() {
                    // The thread may have to open its connection again before it takes the others.
                    queue.set_relief(&mut state, timer::after(Instant::now(), SOON));
                } else if state.pipelining != Pipelining::Off && !takes_others {
                    // This thread may have been expected to take others with the first one.
                    notify(queue.wake_for_the_rest(&mut state, Instant::now()), state);
                }
                return Next::Request(request);
            }
            if state.intake == Intake::Closed || state.intake == Intake::TransactionsOnly && !in_transaction {
                return Next::Closed;
            }
            if until.is_some_and(|until| until <= Instant::now()) {
                return Next::Idle;
            }
            state = self.wait(state, &mut may_spin, until);
        }
    }

    /// Returns whether only one task waits for an answer from the threads of this queue. Returns
    /// `false` for the queue of one connection, because others have other queues.
    pub(crate) fn is_alone(&self) -> bool {
        self.queue.acquire_timeout.is_some() && self.queue.tasks.load(Ordering::Relaxed) <= 1
    }

    /// Records that the thread takes no more requests, unless there is one. Returns `false` if
    /// there is.
    pub(crate) fn leave(&self) -> bool {
        let mut state = self.queue.lock();
        if !state.requests.is_empty() {
            return false;
        }
        state.slots.set_leaving(self.number);
        true
    }

    /// Waits until there is a request to take. Returns `false` when the queue is closed and empty.
    pub(crate) fn wait_for_work(&self) -> bool {
        let mut state = self.queue.lock();
        state.slots.end_work(self.number);
        let mut may_spin = true;
        loop {
            if !state.requests.is_empty() {
                return true;
            }
            if state.intake == Intake::Closed {
                return false;
            }
            state = self.wait(state, &mut may_spin, None);
        }
    }

    /// Takes the first request and, if it can share a transaction, the requests directly behind it
    /// that can share a transaction too, up to `max` requests in total.
    pub(crate) fn take_group(&self, max: usize, group: &mut VecDeque<Request>) {
        let mut state = self.queue.lock();
        let Some(first) = state.requests.pop_front() else { return };
        state.begin_work(self.number, &first);
        let mut shares = first.command.can_share_transaction();
        group.push_back(first);
        while shares && group.len() < max {
            let Some(next) = state.requests.front() else { return };
            shares = next.command.can_share_transaction();
            if shares && let Some(next) = state.requests.pop_front() {
                state.count(&next);
                group.push_back(next);
            }
        }
    }

    /// Takes the thread's share of the requests that wait behind the one that it has taken and
    /// that can run in a pipeline with it: all threads that run pipelines get the same share.
    /// Nothing is taken from the queue of one connection, whose requests may depend on each other.
    pub(crate) fn take_share(&self, pipeline: &mut VecDeque<Request>) {
        if self.queue.acquire_timeout.is_none() {
            return;
        }
        let mut state = self.queue.lock();
        let waiting = pipeline.len() + state.requests.len();
        let share = waiting.div_ceil(state.threads_with_pipelines()).clamp(BRIEF_PER_THREAD, MAX_MEMBERS);
        while pipeline.len() < share
            && let Some(next) = state.requests.pop_front_if(|next| next.can_be_pipelined())
        {
            state.count(&next);
            state.slots.add_work(self.number, &next);
            pipeline.push_back(next);
        }
        notify(self.queue.wake_for_the_rest(&mut state, Instant::now()), state);
    }

    /// Puts requests that were not answered back to the front of the queue, for any thread.
    pub(crate) fn put_back(&self, requests: VecDeque<Request>) {
        let count = requests.len();
        self.queue.put_back(requests);
        if count > 1 {
            // This thread takes the first one itself.
            let mut state = self.queue.lock();
            let from = state.sleeping.len().saturating_sub(count - 1);
            let woken = state.sleeping.split_off(from);
            state.woken += woken.len();
            drop(state);
            woken.iter().for_each(|condvar| condvar.notify_one());
        }
    }

    /// Waits for the state to change. If `may_spin` is set and no other thread works or spins,
    /// waits without sleeping (spins) and clears `may_spin`, so that the next call sleeps;
    /// otherwise, sleeps.
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

    /// Releases the lock and waits without sleeping (spins) until a request comes, for at most
    /// [`Spin::FOR_A_REQUEST`]. Does not wait if earlier spins were often in vain. The queue must
    /// be empty.
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

    /// Sleeps until the thread is woken or `until` has come. The thread that fell asleep last is
    /// woken first, because its caches are warm.
    fn sleep<'a>(&'a self, mut state: MutexGuard<'a, State>, until: Option<Instant>) -> MutexGuard<'a, State> {
        let Some(condvar) = state.slots.condvar(self.number) else { return state };
        state.sleeping.push(Arc::clone(&condvar));
        state = match until {
            Some(until) => wait_until(&condvar, state, until),
            None => wait(&condvar, state),
        };
        // A thread that was notified has already been removed from the list. A thread whose wait
        // timed out has not.
        match state.sleeping.iter().position(|other| Arc::ptr_eq(other, &condvar)) {
            Some(place) => drop(state.sleeping.remove(place)),
            None => state.woken -= 1,
        }
        state
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.slots.remove(self.number);
        // A request may have been queued without waking a thread, because this thread was expected
        // to take it. Since it does not, wake a sleeping thread.
        let wake = if state.requests.is_empty() { None } else { state.wake() };
        notify(wake, state);
    }
}

/// Wakes a thread that was removed from those that sleep.
fn notify(wake: Option<Arc<Condvar>>, state: MutexGuard<'_, State>) {
    drop(state);
    if let Some(condvar) = wake {
        condvar.notify_one();
    }
}
