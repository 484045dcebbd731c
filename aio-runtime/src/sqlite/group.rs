//! Group commit: writes that wait at the writer share a transaction, and are answered after its
//! COMMIT.
//!
//! Each stays its own statement. SQLite undoes a statement that fails and keeps its neighbours;
//! where it undoes the whole transaction, or the COMMIT fails, the members are run again, each
//! alone. Nobody waits for company: what waits when the writer comes is the group.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::admission::SqliteAdmission;
use super::{FileCheck, SqliteConnection};
use crate::engine::request::Request;
use crate::engine::waking::TaskWaker;
use crate::engine::{Admission, TransactionKind, Worker};
use crate::error::Result;
use crate::outcome::Outcome;

/// How many requests share a transaction at most.
pub(super) const MOST: usize = 1024;

/// How long a group works before it commits what it has, so that others at the gate have their
/// turn.
const LONGEST: Duration = Duration::from_millis(20);

/// A request that was executed and waits for the COMMIT.
struct Member {
    request: Request,
    result: Result<Outcome>,
    elapsed: Duration,
}

impl<D: SqliteConnection> Worker<D, SqliteAdmission> {
    /// Answers requests that may share a transaction, in the order of their arrival, and gives
    /// back those that it has not come to. The gate is held, and left at the end.
    pub(super) fn answer_group(&mut self, mut requests: VecDeque<Request>) -> VecDeque<Request> {
        requests.retain(|request| !request.responder.is_stopped());
        let alone = match requests.len() {
            0 | 1 => Some(0),
            _ => {
                let mut texts = requests.iter().map(|request| request.command.all_sql());
                // Where that cannot be told, each is alone.
                self.caught(|worker| Ok(worker.driver.first_deferring(&mut texts))).unwrap_or(Some(0))
            }
        };
        // Who may not share waits until those before it are done.
        let rest = alone.filter(|alone| *alone > 0).map(|alone| requests.split_off(alone)).unwrap_or_default();
        if alone != Some(0) && requests.len() > 1 {
            let shared = self.caught(|worker| {
                worker.share_transaction(&mut requests);
                Ok(())
            });
            if let Err(cause) = shared {
                // Those that have begun are answered by being dropped.
                for request in requests.drain(..) {
                    request.responder.finish(Err(cause.without_source().with_sql(request.command.sql())));
                }
            }
        } else if let Some(request) = requests.pop_front() {
            self.answer(request);
        }
        self.release_gate();
        requests.extend(rest);
        requests
    }

    /// Takes requests from the front, for as long as a group may work, and runs them in one
    /// transaction.
    fn share_transaction(&mut self, requests: &mut VecDeque<Request>) {
        let began = Instant::now();
        // No request runs, so that nobody can stop one.
        self.stopper.reset();
        let begun =
            self.driver.check_files(FileCheck::BeforeWrite).and_then(|()| self.driver.begin(TransactionKind::Write));
        if let Err(error) = self.examined(begun) {
            for request in requests.drain(..) {
                request.responder.finish(Err(error.without_source().with_sql(request.command.sql())));
            }
            return;
        }
        let mut members = Vec::with_capacity(requests.len());
        let mut whole = true;
        while whole
            && began.elapsed() < LONGEST
            && let Some(mut request) = requests.pop_front()
        {
            if !request.responder.begin(&self.stopper, false) {
                request.responder.give_up();
                continue;
            }
            request.responder.keep();
            let started = Instant::now();
            let Request { command, responder, .. } = &mut request;
            let result = self.perform_caught(command, responder);
            request.responder.forbid_stop();
            whole = self.driver.in_transaction();
            members.push(Member { request, result, elapsed: started.elapsed() });
        }
        self.stopper.reset();
        whole = whole && self.driver.commit().is_ok();
        if self.driver.in_transaction() {
            // A connection that cannot roll back stays in a transaction: the next statement on it
            // says so.
            let _ = self.driver.rollback();
        }
        let figures = self.driver.take_cache_figures();
        self.meter.count(if whole { members.len() as u64 } else { 0 }, began.elapsed(), figures);
        if whole {
            self.answer_members(members);
        } else {
            self.admission.shared.counters.count_undone_group();
            for Member { mut request, .. } in members {
                request.responder.start_over();
                self.answer(request);
            }
        }
        self.admission.after_write(&mut self.driver, false);
    }

    /// Answers what was committed, and wakes the tasks when all is done.
    fn answer_members(&mut self, members: Vec<Member>) {
        self.admission.shared.counters.count_group(members.len() as u64);
        let moved = self.driver.check_files(FileCheck::AfterCommit).err();
        let mut wakers: Vec<TaskWaker> = Vec::with_capacity(members.len());
        for Member { request, result, elapsed } in members {
            let Request { command, responder, trace, arrived, .. } = request;
            let result = match &moved {
                Some(moved) => result.and_then(|_| Err(moved.without_source())),
                None => result,
            };
            let result = result.map_err(|error| responder.why(error).with_sql(command.sql()));
            trace.run(arrived, self.slow).took(elapsed).end(&self.name, command.sql(), responder.rows_given(), &result);
            wakers.extend(responder.finish_quietly(result));
        }
        self.release_gate();
        wakers.into_iter().for_each(TaskWaker::wake);
    }

    fn release_gate(&mut self) {
        Admission::<D>::give_up_writing(&mut self.admission);
    }
}
