//! Runs requests of many callers in one pipeline: all are sent before the answer to the first one
//! is awaited.
//!
//! Reads are sent before writes, which may wait for locks. What waits for a lock longer than a
//! moment fails, and runs again without the others.
//!
//! # Transactions
//! Each write has a Sync of its own, and so is a transaction of its own. Some reads share a Sync,
//! because the server begins and ends a transaction for each Sync, and sends its answers then. If
//! one of these reads fails, the others are sent again. Reads by a key are even
//! [one statement](super::by_key).
//!
//! # Group commit
//! Writes that run in one pipeline wait for the disk only once. `synchronous_commit` is `off` for
//! each of them, so its commit does not wait. The last statement of the pipeline writes an empty
//! message into the log and is committed as the server or the role asks for. The log is flushed in
//! order, so that this commit makes all commits before it durable. The writes are answered after
//! it.
//!
//! Up to three writes set `synchronous_commit` each for its own transaction. From four on, it is
//! set once for the session, which saves a statement for each write, and the transaction of the
//! last statement resets it first. If that transaction fails, it is repeated, and if it fails
//! again, the connection is closed. So no later commit on the connection skips its wait. Nobody
//! else uses the session meanwhile, because nothing is pipelined behind a pooler.

use std::sync::Arc;

use postgres_protocol::message::frontend;

use super::bind::{Bound, bind};
use super::by_key::{Distribution, Key};
use super::connection::{Connection, Failure, Run};
use super::error::ServerError;
use super::insert::{Ids, Sender, Sent};
use super::statement::Statement;
use super::together::{self, Prepared};
use crate::engine::metrics::ShareCounter;
use crate::engine::{PipelineMember, PipelineSink, StatementOfRequest};
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;

/// The number of bytes after which no further request is sent. While the server executes the
/// first requests, it and the system have to hold the others.
const MAX_BYTES: usize = 256 * 1024;

/// The number of reads that share a Sync. Their answers come together, after the last one was
/// executed, so more of them would wait longer, and the client would work less while the server
/// does.
const READS_OF_SYNC: usize = 32;

/// Limits how long each statement waits for a lock, until the end of the transaction. A read waits
/// if its table is locked.
const LIMIT: &str = "SELECT set_config('lock_timeout', '50ms', true)";

/// Does the same, and lets the commit of the transaction not wait for the disk.
const LIMIT_AND_DEFER: &str =
    "SELECT set_config('lock_timeout', '50ms', true), set_config('synchronous_commit', 'off', true)";

/// Does what [`LIMIT_AND_DEFER`] does, for the session.
const LIMIT_AND_DEFER_ALL: &str =
    "SELECT set_config('lock_timeout', '50ms', false), set_config('synchronous_commit', 'off', false)";

/// The statements that take back what [`LIMIT_AND_DEFER_ALL`] has set.
const RESETS: [&str; 2] = ["RESET lock_timeout", "RESET synchronous_commit"];

/// The number of writes from which on it is faster to set and reset the session.
const SETS_SESSION_FROM: usize = 4;

/// A statement whose commit makes all commits before it durable: it writes an empty message into
/// the log.
pub(super) const FLUSH: &str = "SELECT pg_logical_emit_message(true, 'aio_sql', '')";

/// Why a request has no answer.
pub(super) enum Failed {
    /// It has had no effect, and has to run again without others.
    Again,
    /// It was not sent. It can run with others when one that has the same statement has run.
    Later,
    Failure(Failure),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Failed {
        Failed::Failure(error.into())
    }
}

/// What is executed as one statement: a request, or several reads by keys.
enum Unit<'a> {
    One(usize, Prepared<'a>),
    Merged {
        /// The keys of the reads, and the numbers of the reads.
        keys: Vec<(Key, usize)>,
        /// The statement of each read.
        statement: Arc<Statement>,
        /// The statement for several keys.
        merged: Arc<Statement>,
    },
}

impl Unit<'_> {
    /// Returns the numbers of the requests.
    fn numbers(&self) -> impl Iterator<Item = usize> {
        let (one, several) = match self {
            Unit::One(number, _) => (Some(*number), &[][..]),
            Unit::Merged { keys, .. } => (None, &keys[..]),
        };
        one.into_iter().chain(several.iter().map(|(_, number)| *number))
    }
}

/// A unit that was sent.
struct SentUnit<'a> {
    unit: Unit<'a>,
    /// The number of bytes of the pipeline up to its end.
    end: usize,
    unread: Vec<Sent>,
    /// Whether a Sync comes behind it. What is sent up to a Sync is answered together.
    syncs: bool,
}

/// Runs requests. If `may_flush` is set, their writes share a commit. Returns the requests that
/// were not answered.
pub(super) fn run_pipeline(
    connection: &mut Connection,
    members: &[PipelineMember<'_>],
    may_flush: bool,
    groups: &ShareCounter,
    sink: &mut dyn PipelineSink,
) -> Vec<(usize, Failed)> {
    let writes = members.iter().filter(|member| member.writes).count();
    // A cancel request that hits a commit while it waits for a standby lets it succeed, although
    // the standby may not have it. A commit that does not wait cannot be hit, and the last one is
    // repeated after a cancel request.
    let flushes = may_flush && (writes > 1 || members.iter().any(|member| member.writes && member.has_deadline));
    let (failed, done, skipped) = Default::default();
    let mut pipeline = Pipeline { members, flushes, groups, failed, done, skipped, is_sent: false };
    let mut numbers: Vec<_> = (0..members.len()).collect();
    loop {
        let ran = pipeline.run(connection, &numbers, sink);
        connection.end_pipeline();
        // Whoever was stopped has its answer or runs again: the stop must not hit another one.
        sink.begin(&mut std::iter::empty());
        if ran.is_err() && pipeline.is_sent {
            // What was sent may not be answered yet, and the session may be set.
            connection.terminate();
        }
        if !connection.is_lost() {
            sink.before_wait();
            connection.prepare_merged(LIMIT);
        }
        let skipped = std::mem::take(&mut pipeline.skipped);
        if let Err(error) = &ran {
            let done = pipeline.done.drain(..).map(|(number, _)| (number, unknown(error)));
            pipeline.failed.extend(done);
        }
        let may_go_on = ran.is_ok() && !connection.is_lost();
        let (again, alone): (Vec<_>, _) = skipped.into_iter().partition(|number| may_go_on && sink.start_over(*number));
        pipeline.failed.extend(alone.into_iter().map(|number| (number, Failed::Again)));
        if again.is_empty() {
            return pipeline.failed;
        }
        // Only reads are skipped, and each run leaves out the one that has failed, so this ends.
        (numbers, pipeline.flushes) = (again, false);
    }
}

/// The statements of the pipeline itself.
struct Own {
    /// Begins a transaction of reads.
    limit: Arc<Statement>,
    /// Begins each write, or comes before everything if `resets` is not empty.
    guard: Arc<Statement>,
    resets: Vec<Arc<Statement>>,
    flush: Arc<Statement>,
}

impl Own {
    /// Prepares the statements for this number of writes. `flushes` says that they share a commit.
    fn prepare(connection: &mut Connection, writes: usize, flushes: bool) -> Result<Own, Failure> {
        let sets_session = flushes && writes >= SETS_SESSION_FROM;
        let guard = match (flushes, sets_session) {
            (false, _) => LIMIT,
            (true, false) => LIMIT_AND_DEFER,
            (true, true) => LIMIT_AND_DEFER_ALL,
        };
        let resets = if sets_session { &RESETS[..] } else { &[] };
        Ok(Own {
            limit: connection.prepare(LIMIT)?,
            guard: connection.prepare(guard)?,
            resets: resets.iter().map(|text| connection.prepare(text)).collect::<Result<_, _>>()?,
            flush: connection.prepare(FLUSH)?,
        })
    }

    fn sets_session(&self) -> bool {
        !self.resets.is_empty()
    }
}

/// What was sent and whose answers were not read yet.
struct Unread<'a> {
    /// The statement that sets the session. It comes first, when no request runs whose cancel
    /// request could hit it.
    setting: Option<Vec<Sent>>,
    units: Vec<SentUnit<'a>>,
}

struct Pipeline<'a> {
    members: &'a [PipelineMember<'a>],
    flushes: bool,
    groups: &'a ShareCounter,
    failed: Vec<(usize, Failed)>,
    /// The writes that have succeeded and are not yet durable.
    done: Vec<(usize, Outcome)>,
    /// The reads that have to be sent again, because one that shares their Sync has failed.
    skipped: Vec<usize>,
    /// Whether something of the run under way was sent.
    is_sent: bool,
}

impl Pipeline<'_> {
    /// Runs the requests with these numbers.
    ///
    /// # Errors
    /// Fails if it is not known whether the writes that have succeeded are durable.
    fn run(&mut self, connection: &mut Connection, numbers: &[usize], sink: &mut dyn PipelineSink) -> Result<()> {
        self.is_sent = false;
        // This comes first, because it may remove other statements from the cache.
        let writes = numbers.iter().filter(|number| self.members[**number].writes).count();
        let Ok(own) = Own::prepare(connection, writes, self.flushes) else {
            self.failed.extend(numbers.iter().map(|number| (*number, Failed::Again)));
            return Ok(());
        };
        let prepared = self.prepared(connection, numbers, sink);
        if prepared.is_empty() {
            return Ok(());
        }
        let units = self.merged(connection, prepared);
        connection.begin_pipeline();
        let mut sender = Sender::new(connection)?;
        let mut unread = self.write(&mut sender, units, &own);
        if self.flushes {
            let mut last = own.resets.iter().chain([&own.flush]);
            if let Err(error) = last.try_for_each(|statement| sender.write_beside(statement)) {
                // Nothing was sent.
                sender.connection.out().clear();
                return Err(error);
            }
            frontend::sync(sender.connection.out());
        }
        let of_flush = sender.take_unread();
        sender.connection.set_doubt(false);
        sender.connection.ask_for_cut_waits();
        self.is_sent = true;
        if let Err(error) = sender.connection.flush() {
            let reached = sender.connection.sent();
            self.lose(&unread.units, &error, |sent| sent.end <= reached);
            return Ok(());
        }
        let mut is_late = self.read(&mut sender, &mut unread, sink)?;
        sink.before_wait();
        let mut error = None;
        if self.flushes {
            sender.set_unread(of_flush);
            error = read_answer(&mut sender, &mut Run::to(&mut Ids::default()))?;
            is_late |= sender.connection.end_statement();
        }
        is_late |= sender.connection.take_cut_wait();
        sender.connection.end_pipeline();
        let needs_flush = !self.done.is_empty() && (is_late || error.is_some());
        // A cancel request may have ended the transaction, or the wait of its commit for a
        // standby.
        let ended = match own.sets_session() && error.is_some() {
            true => sender.connection.run(&RESETS.join(";")),
            false => Ok(()),
        };
        let ended = ended.and_then(|()| if needs_flush { sender.connection.run(FLUSH) } else { Ok(()) });
        if let Err(failure) = ended {
            sender.connection.terminate();
            return Err(failure.into_error(FLUSH));
        }
        if self.flushes && self.done.len() > 1 {
            self.groups.count(self.done.len() as u64);
        }
        for (number, outcome) in self.done.drain(..) {
            sink.end(number, outcome);
        }
        Ok(())
    }

    /// Returns the requests whose statements are prepared, those that read first. To prepare a
    /// statement may wait for a lock of its table, and may need a collation that does not exist
    /// yet.
    fn prepared<'a>(
        &mut self,
        connection: &mut Connection,
        numbers: &[usize],
        sink: &mut dyn PipelineSink,
    ) -> Vec<(usize, Prepared<'a>)>
    where
        Self: 'a,
    {
        let members = self.members;
        let numbered = || numbers.iter().map(|number| (*number, &members[*number]));
        let reads = numbered().filter(|(_, member)| !member.writes);
        let writes = numbered().filter(|(_, member)| member.writes);
        let mut all = Vec::with_capacity(members.len());
        let mut unprepared = Vec::new();
        for (number, PipelineMember { statement, .. }) in reads.chain(writes) {
            if let Some(prepared) = together::prepared(connection, statement, sink.rows(number).expected()) {
                all.push((number, prepared));
                continue;
            }
            // The first request with this text runs alone, and so prepares the statement for the
            // others.
            let (text, _) = statement.text();
            let is_first = !unprepared.contains(&text);
            if is_first {
                unprepared.push(text);
            }
            self.failed.push((number, if is_first { Failed::Again } else { Failed::Later }));
        }
        all
    }

    /// Merges reads by keys that have the same statement. The others stay as they are, the writes
    /// behind the reads.
    fn merged<'a>(&self, connection: &mut Connection, prepared: Vec<(usize, Prepared<'a>)>) -> Vec<Unit<'a>> {
        /// The reads with one statement, and the statement for several keys.
        type Group = (Vec<(Key, usize)>, Arc<Statement>, Arc<Statement>);
        let mut groups: Vec<Group> = Vec::new();
        let mut units = Vec::with_capacity(prepared.len());
        for (number, prepared) in prepared {
            let PipelineMember { statement: request, writes, .. } = &self.members[number];
            let key = match &prepared {
                Prepared::Statement(statement) if !writes && statement.by_key.is_some() => {
                    Key::of(request).map(|key| (key, statement))
                }
                _ => None,
            };
            let Some((key, statement)) = key else {
                units.push(Unit::One(number, prepared));
                continue;
            };
            let known =
                groups.iter_mut().find(|(keys, of, _)| keys.len() < READS_OF_SYNC && Arc::ptr_eq(of, statement));
            match known {
                Some((keys, ..)) => keys.push((key, number)),
                None => match connection.merged(statement) {
                    Some(merged) => groups.push((vec![(key, number)], Arc::clone(statement), merged)),
                    None => units.push(Unit::One(number, prepared)),
                },
            }
        }
        let of_group = |(keys, statement, merged): Group| match keys[..] {
            [(_, number)] => Unit::One(number, Prepared::Statement(statement)),
            _ => Unit::Merged { keys, statement, merged },
        };
        // Reads come before writes.
        let mut all: Vec<_> = groups.into_iter().map(of_group).collect();
        all.append(&mut units);
        all
    }

    /// Writes the messages of the requests. Returns what was written.
    fn write<'u>(&mut self, sender: &mut Sender<'_>, units: Vec<Unit<'u>>, own: &Own) -> Unread<'u> {
        let mut sent = Vec::with_capacity(units.len());
        let mut setting = None;
        if own.sets_session() && sender.write_beside(&own.guard).is_ok() {
            frontend::sync(sender.connection.out());
            setting = Some(sender.take_unread());
        }
        // The number of reads behind the last Sync.
        let mut reads = 0;
        for unit in units {
            let writes = self.writes(&unit);
            if reads + unit.numbers().count() > READS_OF_SYNC || writes {
                end_reads(sender, &mut sent, &mut reads);
            }
            let begin = sender.connection.out().len();
            let guard = match writes {
                _ if setting.is_some() => None,
                true => Some(&own.guard),
                false => (reads == 0).then_some(&own.limit),
            };
            let is_written = begin <= MAX_BYTES
                && guard.is_none_or(|guard| sender.write_beside(guard).is_ok())
                && self.write_unit(sender, &unit);
            let unread = sender.take_unread();
            if is_written {
                if writes {
                    frontend::sync(sender.connection.out());
                } else {
                    reads += unit.numbers().count();
                }
                sent.push(SentUnit { unit, end: sender.connection.out().len(), unread, syncs: writes });
            } else {
                // It runs alone, which fails with the same error and explains it.
                sender.connection.out().truncate(begin);
                self.failed.extend(unit.numbers().map(|number| (number, Failed::Again)));
            }
        }
        end_reads(sender, &mut sent, &mut reads);
        Unread { setting, units: sent }
    }

    /// Writes the messages of a unit. Returns whether that was possible.
    fn write_unit(&self, sender: &mut Sender<'_>, unit: &Unit<'_>) -> bool {
        match unit {
            Unit::One(number, prepared) => together::write(sender, &self.members[*number].statement, prepared).is_ok(),
            Unit::Merged { keys, merged, .. } => {
                let keys: Vec<_> = keys.iter().map(|(key, _)| key.value()).collect();
                let bound = std::iter::once(Ok(Bound::List(&keys)));
                bind(merged, bound, false, |_| None, sender.connection.out())
                    .and_then(|()| sender.execute(merged, false))
                    .is_ok()
            }
        }
    }

    /// Reads the answers to the requests. Returns whether a cancel request was sent meanwhile, by
    /// the library or by somebody else.
    ///
    /// # Errors
    /// Fails if the connection is lost.
    fn read(&mut self, sender: &mut Sender<'_>, unread: &mut Unread<'_>, sink: &mut dyn PipelineSink) -> Result<bool> {
        let Unread { setting, units } = unread;
        let (mut is_late, mut rest) = (false, &mut units[..]);
        if let Some(setting) = setting.take() {
            sender.set_unread(setting);
            // If it fails, `synchronous_commit` keeps its value, and each write waits for the disk
            // by itself.
            if let Err(error) = read_answer(sender, &mut Run::to(&mut Ids::default())) {
                let is_told = error.code().is_some();
                self.lose(rest, &error, |_| !is_told);
                return Err(error);
            }
            is_late = sender.connection.end_statement();
        }
        while let Some(last) = rest.iter().position(|unit| unit.syncs) {
            let (together, behind) = rest.split_at_mut(last + 1);
            match self.read_together(sender, together, is_late, sink) {
                Ok(late) => is_late = late,
                Err(error) => {
                    // After an error with which the server ends the connection, it runs nothing.
                    let is_told = error.code().is_some();
                    self.lose(behind, &error, |_| !is_told);
                    return Err(error);
                }
            }
            rest = behind;
        }
        Ok(is_late)
    }

    /// Reads the answers to what was sent up to a Sync: a write, or some reads. Returns whether a
    /// cancel request was sent in the pipeline so far, where `is_late` says whether there was one
    /// before.
    ///
    /// # Errors
    /// Fails if the connection is lost.
    fn read_together(
        &mut self,
        sender: &mut Sender<'_>,
        sent: &mut [SentUnit<'_>],
        is_late: bool,
        sink: &mut dyn PipelineSink,
    ) -> Result<bool> {
        sink.begin(&mut sent.iter().flat_map(|sent| sent.unit.numbers()));
        let writes = sent.iter().any(|sent| self.writes(&sent.unit));
        sender.connection.set_doubt(writes);
        let mut outcomes = Vec::with_capacity(sent.len());
        let mut answer = Ok(None);
        for SentUnit { unit, unread, .. } in &mut *sent {
            if !sender.connection.has_message() {
                sink.before_wait();
            }
            sender.set_unread(std::mem::take(unread));
            let count = sender.unread();
            answer = match unit {
                Unit::One(number, _) => sender.read_next(count, &mut Run::to(sink.rows(*number))),
                Unit::Merged { keys, statement, .. } => {
                    let mut rows = Distribution::new(&mut *sink, keys, statement.by_key.as_ref());
                    sender.read_next(count, &mut Run::to(&mut rows))
                }
            };
            let is_insert = |number: usize| matches!(self.members[number].statement, StatementOfRequest::Insert(_));
            let outcome = together::outcome(sender, unit.numbers().any(is_insert));
            if !matches!(answer, Ok(None)) {
                break;
            }
            outcomes.push(outcome);
        }
        // The error of a deferred constraint comes with the commit.
        let ended = answer.and_then(|failed| Ok(failed.or(sender.connection.ready()?)));
        let is_late = sender.connection.end_statement() || sender.connection.has_cut_wait() || is_late;
        match ended {
            Ok(None) => {
                for (SentUnit { unit, .. }, outcome) in sent.iter().zip(outcomes) {
                    for number in unit.numbers() {
                        match writes && (self.flushes || is_late) {
                            true => self.done.push((number, outcome)),
                            false => sink.end(number, outcome),
                        }
                    }
                }
                Ok(is_late)
            }
            Ok(Some(error)) => {
                let is_passing = sender.connection.forget_statements_after(&error) || error.is_passing();
                // An error that comes with the commit of several reads belongs to none of them.
                // What the others have read is worth nothing if their transaction has failed.
                let failed = if sent.len() == 1 { 0 } else { outcomes.len() };
                let mut error = Some(error);
                for (at, SentUnit { unit, .. }) in sent.iter().enumerate() {
                    let has_failed = at == failed || failed == sent.len();
                    match unit {
                        Unit::One(number, _) => match error.take_if(|_| at == failed && !is_passing) {
                            Some(error) => {
                                self.failed.push((*number, Failed::Failure(Failure::Server(Box::new(error)))));
                            }
                            None if has_failed => self.failed.push((*number, Failed::Again)),
                            None => self.skipped.push(*number),
                        },
                        Unit::Merged { statement, .. } if has_failed => {
                            if at == failed && !is_passing {
                                sender.connection.forbid_merging(statement);
                            }
                            self.failed.extend(unit.numbers().map(|number| (number, Failed::Again)));
                        }
                        Unit::Merged { .. } => self.skipped.extend(unit.numbers()),
                    }
                }
                Ok(is_late)
            }
            Err(error) => {
                let may_have_run = writes && *error.kind() == ErrorKind::OutcomeUnknown;
                let numbers = sent.iter().flat_map(|sent| sent.unit.numbers());
                self.failed.extend(
                    numbers.map(|number| {
                        (number, if may_have_run { error.without_source().into() } else { Failed::Again })
                    }),
                );
                Err(error)
            }
        }
    }

    /// Records that the connection was lost before the answers to these requests came.
    /// `may_have_run` returns whether the server can have executed a request.
    fn lose(&mut self, sent: &[SentUnit<'_>], error: &Error, may_have_run: impl Fn(&SentUnit<'_>) -> bool) {
        for sent in sent {
            let is_in_doubt = self.writes(&sent.unit) && may_have_run(sent);
            let failed = || if is_in_doubt { unknown(error) } else { Failed::Again };
            self.failed.extend(sent.unit.numbers().map(|number| (number, failed())));
        }
    }

    fn writes(&self, unit: &Unit<'_>) -> bool {
        matches!(unit, Unit::One(number, _) if self.members[*number].writes)
    }
}

/// Writes the Sync that some reads share. `reads` is their number.
fn end_reads(sender: &mut Sender<'_>, sent: &mut [SentUnit<'_>], reads: &mut usize) {
    if std::mem::take(reads) > 0
        && let Some(last) = sent.last_mut()
    {
        frontend::sync(sender.connection.out());
        (last.end, last.syncs) = (sender.connection.out().len(), true);
    }
}

/// Reads the answer to one request. Returns its error.
///
/// # Errors
/// Fails if the connection is lost.
fn read_answer(sender: &mut Sender<'_>, run: &mut Run<'_>) -> Result<Option<ServerError>> {
    let count = sender.unread();
    let failed = sender.read_next(count, run)?;
    // The error of a deferred constraint comes with the commit.
    let at_end = sender.connection.ready()?;
    Ok(failed.or(at_end))
}

/// Returns the failure of a write of which it is not known whether it took effect.
fn unknown(error: &Error) -> Failed {
    error.without_source().with_kind(ErrorKind::OutcomeUnknown).into()
}
