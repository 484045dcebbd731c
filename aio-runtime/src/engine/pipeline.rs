//! Runs requests that wait together in one pipeline: all of them are sent before the answer to the
//! first one is awaited.
//!
//! Each request is committed or fails by itself, as if it ran alone. A thread takes only what is
//! brief, and does not wait for more requests.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Stopper;
use super::admission::{Admission, Admitted};
use super::driver::{Driver, FailedMember, PipelineMember, PipelineSink};
use super::errors::writes_on_replica;
use super::job::Responder;
use super::perform::at_row;
use super::request::{Command, Request};
use super::row_sink::RowSink;
use super::sync::{Mutex, lock};
use super::waking::TaskWaker;
use super::worker::Worker;
use crate::error::Error;
use crate::outcome::Outcome;
use crate::trace::Trace;

/// A request of the pipeline without its command, which is borrowed while the pipeline runs.
struct Member {
    responder: Responder,
    arrived: Instant,
    trace: Trace,
    reads: bool,
    /// That of the [`Request`].
    only_reads: bool,
}

impl<D: Driver, A: Admission<D>> Worker<D, A> {
    /// Answers requests that can be [pipelined](Request::can_be_pipelined). Returns those that
    /// have to run again, without others.
    pub(crate) fn answer_pipeline(&mut self, mut requests: VecDeque<Request>) -> VecDeque<Request> {
        if requests.len() == 1 {
            if let Some(request) = requests.pop_front() {
                self.answer(request);
            }
            return requests;
        }
        // If this panics, the requests are dropped, which answers them.
        let rest = self.catch_panic(|worker| Ok(worker.answer_together(requests)));
        rest.unwrap_or_default()
    }

    fn answer_together(&mut self, requests: VecDeque<Request>) -> VecDeque<Request> {
        let started = Instant::now();
        let progress = Arc::new(Progress::new(requests.len(), &self.stopper));
        let (mut commands, mut members) = (Vec::with_capacity(requests.len()), Vec::with_capacity(requests.len()));
        for request in requests {
            if let Some((command, member)) = self.begin_member(request, members.len(), &progress) {
                commands.push(command);
                members.push(Some(member));
            }
        }
        let described = commands.iter().zip(members.iter().flatten()).filter_map(|(command, member)| {
            let (writes, has_deadline) = (!member.reads, member.responder.has_deadline());
            Some(PipelineMember { statement: command.as_statement()?, writes, has_deadline })
        });
        let described: Vec<_> = described.collect();
        let count = members.len() as u64;
        let mut sink = Sink {
            worker_name: &self.name,
            commands: &commands,
            members,
            started,
            slow_threshold: self.slow_threshold,
            progress,
            wakers: Vec::with_capacity(commands.len()),
        };
        let failed = self.driver.run_pipeline(&described, &mut sink);
        sink.before_wait();
        sink.progress.end();
        let Sink { mut members, .. } = sink;
        self.stopper.reset();
        self.meter.count(count, started.elapsed(), self.driver.take_cache_counts());
        let mut failed = failed;
        failed.sort_unstable_by_key(|(number, _)| *number);
        let mut failed: VecDeque<_> = failed.into();
        let mut again = VecDeque::new();
        for (number, command) in commands.into_iter().enumerate() {
            let failure = failed.pop_front_if(|(failed, _)| *failed == number).map(|(_, failure)| failure);
            let Some(member) = members.get_mut(number).and_then(Option::take) else { continue };
            match failure {
                Some(FailedMember::Error(error)) => self.answer_failed(&command, member, started, error),
                // A request that the driver has forgotten has had no answer, and gets one.
                failure => {
                    let Member { mut responder, trace, reads, only_reads, .. } = member;
                    responder.start_over();
                    if !reads && matches!(failure, Some(FailedMember::Again)) {
                        responder.ignore_drop();
                    }
                    responder.requeue();
                    if responder.is_stopped() {
                        responder.finish_stopped();
                        continue;
                    }
                    let runs_alone = !matches!(failure, Some(FailedMember::Later));
                    // It has waited for its turn already.
                    let arrived = Instant::now();
                    again.push_back(Request {
                        command,
                        responder,
                        transaction: 0,
                        arrived,
                        trace,
                        runs_alone,
                        only_reads,
                    });
                }
            }
        }
        self.leave();
        self.driver.after_request();
        again
    }

    /// Lets a request begin. Returns `None` if it was answered, because it was stopped or is not
    /// admitted.
    fn begin_member(&mut self, request: Request, number: usize, progress: &Arc<Progress>) -> Option<(Command, Member)> {
        let reads = match self.admission.admit(&mut self.driver, &request, false) {
            Ok(Admitted::Read) => true,
            Ok(_) if request.only_reads => {
                self.refuse(request, writes_on_replica());
                return None;
            }
            Ok(Admitted::Write) => false,
            Ok(Admitted::Elsewhere) => {
                request.responder.requeue();
                self.admission.forward(request);
                return None;
            }
            Err(error) => {
                self.refuse(request, error);
                return None;
            }
        };
        let stopped = Arc::clone(progress);
        let stopper = Arc::new(Stopper::new(move || stopped.stop(number)));
        if !request.responder.begin(&stopper, reads) {
            request.responder.finish_stopped();
            return None;
        }
        let Request { command, mut responder, arrived, trace, only_reads, .. } = request;
        // Nothing of a request that may have to run again is delivered.
        responder.hold_rows();
        Some((command, Member { responder, arrived, trace, reads, only_reads }))
    }

    /// Answers a request that has failed.
    fn answer_failed(&mut self, command: &Command, member: Member, started: Instant, error: Error) {
        let Member { responder, arrived, trace, .. } = member;
        let error = match command {
            Command::Insert { rows, .. } => at_row(rows, 0, error),
            _ => error,
        };
        let result = self.with_context(Err(error)).map_err(|error| responder.timeout_or(error).with_sql(command.sql()));
        let run = trace.run(arrived, self.slow_threshold).took(started.elapsed());
        run.end(&self.name, command.sql(), responder.rows_returned(), &result);
        responder.finish(result);
    }
}

/// Answers the requests that have succeeded.
struct Sink<'a> {
    worker_name: &'a str,
    commands: &'a [Command],
    /// The requests, until they are answered.
    members: Vec<Option<Member>>,
    started: Instant,
    slow_threshold: Duration,
    progress: Arc<Progress>,
    /// Wakes the tasks whose requests were answered.
    wakers: Vec<TaskWaker>,
}

impl PipelineSink for Sink<'_> {
    fn rows(&mut self, number: usize) -> &mut dyn RowSink {
        match &mut self.members[number] {
            Some(member) => &mut member.responder,
            None => unreachable!("it was answered"),
        }
    }

    fn begin(&mut self, numbers: &mut dyn Iterator<Item = usize>) {
        self.progress.begin(numbers);
    }

    fn end(&mut self, number: usize, outcome: Outcome) {
        let Some(Member { responder, arrived, trace, .. }) = self.members.get_mut(number).and_then(Option::take) else {
            return;
        };
        let result = Ok(outcome);
        let run = trace.run(arrived, self.slow_threshold).took(self.started.elapsed());
        let sql = self.commands.get(number).map_or("", Command::sql);
        run.end(self.worker_name, sql, responder.rows_returned(), &result);
        self.wakers.extend(responder.finish_without_waking(result));
    }

    fn start_over(&mut self, number: usize) -> bool {
        let Some(Some(Member { responder, .. })) = self.members.get_mut(number) else { return false };
        responder.start_over();
        // From here on a stop is recorded.
        self.progress.start_over(number);
        !responder.is_stopped()
    }

    fn before_wait(&mut self) {
        self.wakers.drain(..).for_each(TaskWaker::wake);
    }
}

/// Which requests of a pipeline are executed, as far as the answers tell, and which are stopped.
///
/// A request is stopped when its turn has come: before, a stop of the connection would hit one of
/// the others.
struct Progress {
    state: Mutex<States>,
    connection: Arc<Stopper>,
}

struct States {
    of_each: Vec<State>,
    /// The numbers of the requests that are executed.
    running: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Stopped,
    Running,
    Done,
}

impl Progress {
    fn new(count: usize, connection: &Arc<Stopper>) -> Progress {
        let states = States { of_each: vec![State::Waiting; count], running: Vec::new() };
        Progress { state: Mutex::new(states), connection: Arc::clone(connection) }
    }

    fn stop(&self, number: usize) {
        let mut states = lock(&self.state);
        match states.of_each.get_mut(number) {
            Some(state @ State::Waiting) => *state = State::Stopped,
            Some(State::Running) => self.connection.stop(),
            _ => {}
        }
    }

    /// Records that requests are executed, and that those before them have ended.
    fn begin(&self, numbers: &mut dyn Iterator<Item = usize>) {
        let mut states = lock(&self.state);
        let States { of_each, running } = &mut *states;
        for number in running.drain(..) {
            if of_each[number] == State::Running {
                of_each[number] = State::Done;
            }
        }
        self.connection.reset();
        running.extend(numbers);
        let mut is_stopped = false;
        for number in running {
            is_stopped |= std::mem::replace(&mut of_each[*number], State::Running) == State::Stopped;
        }
        if is_stopped {
            self.connection.stop();
        }
    }

    /// Records that a request is executed again.
    fn start_over(&self, number: usize) {
        lock(&self.state).of_each[number] = State::Waiting;
    }

    /// Records that all requests have ended.
    fn end(&self) {
        lock(&self.state).of_each.fill(State::Done);
    }
}
