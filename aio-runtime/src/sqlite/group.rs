//! Group commit: writes that wait for the writer share a transaction, and are answered after its
//! COMMIT.
//!
//! Each of them can fail without the others: SQLite then rolls back only that statement. If the
//! whole transaction is rolled back or the COMMIT fails, the requests run again one by one. The
//! writer does not wait for more requests: a group consists of the requests that are queued when
//! the writer becomes free.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::admission::SqliteAdmission;
use super::{FileCheck, SqliteConnection};
use crate::engine::request::Request;
use crate::engine::waking::TaskWaker;
use crate::engine::{Admission, TransactionKind, Worker};
use crate::error::Result;
use crate::outcome::Outcome;

/// The maximum number of requests that share a transaction.
pub(super) const MAX_MEMBERS: usize = 1024;

/// The time after which a group runs no more requests and commits. Without it, explicit
/// connections might wait long for the write lock.
const MAX_DURATION: Duration = Duration::from_millis(20);

/// A request that was executed and waits for the COMMIT.
struct Member {
    request: Request,
    result: Result<Outcome>,
    elapsed: Duration,
}

impl<D: SqliteConnection> Worker<D, SqliteAdmission> {
    /// Answers requests in the order of their arrival, in one transaction as far as they can share
    /// it. Returns those that it has not run. The caller has acquired the write lock, and this
    /// function releases it at its end.
    pub(super) fn answer_group(&mut self, mut requests: VecDeque<Request>) -> VecDeque<Request> {
        requests.retain(|request| !request.responder.is_stopped());
        let alone = match requests.len() {
            0 | 1 => Some(0),
            _ => {
                let mut texts = requests.iter().map(|request| request.command.all_sql());
                // If the driver cannot tell, run the first request without others.
                self.catch_panic(|worker| Ok(worker.driver.first_deferring(&mut texts))).unwrap_or(Some(0))
            }
        };
        // A request that must not share a transaction waits until those before it are committed.
        let rest = alone.filter(|alone| *alone > 0).map(|alone| requests.split_off(alone)).unwrap_or_default();
        if alone != Some(0) && requests.len() > 1 {
            let shared = self.catch_panic(|worker| {
                worker.share_transaction(&mut requests);
                Ok(())
            });
            if let Err(cause) = shared {
                // The requests that were being run are dropped by the panic, which answers them
                // with an error.
                for request in requests.drain(..) {
                    request.responder.finish(Err(cause.without_source().with_sql(request.command.sql())));
                }
            }
        } else if let Some(request) = requests.pop_front() {
            self.answer(request);
        }
        self.release_write_lock();
        requests.extend(rest);
        requests
    }

    /// Takes requests from the front of `requests`, for at most `MAX_DURATION`, runs them in one
    /// transaction, and answers them. If the transaction cannot be committed, runs each of them
    /// again alone.
    fn share_transaction(&mut self, requests: &mut VecDeque<Request>) {
        let began = Instant::now();
        // No request is running, so a stop that is still set was meant for an earlier one.
        self.stopper.reset();
        let begun =
            self.driver.check_files(FileCheck::BeforeWrite).and_then(|()| self.driver.begin(TransactionKind::Write));
        if let Err(error) = self.with_context(begun) {
            for request in requests.drain(..) {
                request.responder.finish(Err(error.without_source().with_sql(request.command.sql())));
            }
            return;
        }
        let mut members = Vec::with_capacity(requests.len());
        let mut intact = true;
        while intact
            && began.elapsed() < MAX_DURATION
            && let Some(mut request) = requests.pop_front()
        {
            if !request.responder.begin(&self.stopper, false) {
                request.responder.finish_stopped();
                continue;
            }
            request.responder.hold_rows();
            let started = Instant::now();
            let Request { command, responder, .. } = &mut request;
            let result = self.perform_catching(command, responder);
            request.responder.forbid_stop();
            intact = self.driver.in_transaction();
            members.push(Member { request, result, elapsed: started.elapsed() });
        }
        self.stopper.reset();
        intact = intact && self.driver.commit().is_ok();
        if self.driver.in_transaction() {
            // If the rollback fails, the connection is still in a transaction; the worker notices
            // that and replaces the connection.
            let _ = self.driver.rollback();
        }
        let cache_counts = self.driver.take_cache_counts();
        self.meter.count(if intact { members.len() as u64 } else { 0 }, began.elapsed(), cache_counts);
        if intact {
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

    /// Answers committed requests, and wakes their tasks after the write lock is released.
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
            let result = result.map_err(|error| responder.timeout_or(error).with_sql(command.sql()));
            trace.run(arrived, self.slow_threshold).took(elapsed).end(
                &self.name,
                command.sql(),
                responder.rows_returned(),
                &result,
            );
            wakers.extend(responder.finish_without_waking(result));
        }
        self.release_write_lock();
        wakers.into_iter().for_each(TaskWaker::wake);
    }

    fn release_write_lock(&mut self) {
        Admission::<D>::release_write(&mut self.admission);
    }
}
