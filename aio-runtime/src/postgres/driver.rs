//! Runs the requests of one connection to a PostgreSQL server.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::cancel::CancelTarget;
use super::collation;
use super::connection::{Connection, Failure, Run, Status, refuse_nul};
use super::connector::Connector;
use super::constraint;
use super::error::READ_ONLY_CODE;
use super::guard::{self, Origin, Sharing};
use super::insert::insert;
use super::pipeline::{FLUSH, Failed, run_pipeline};
use super::read_route::{Opened, Route, only_read};
use super::script::{line, statements};
use super::target_session::TargetSession;
use super::together::{TogetherFailure, run_together};
use super::words_of_sqlite::advice;
use crate::engine::{
    Driver, FailedMember, FailedStatement, PipelineMember, PipelineSink, Pipelining, RowSink, ScriptKind,
    StatementOfRequest, StepSink, Stopper, TransactionKind, TransactionMode,
};
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;
use crate::row::check_names;
use crate::server::{Seat, Watch};
use crate::sql::{RawSource, RowsToInsert, begins_with_one_of, is_query, writes_rows};
use crate::value::Param;

/// The name of the database in errors.
pub(crate) const NAME: &str = "postgres";

/// The transaction of several reads, or of a user who only reads: all of its statements see the
/// same state of the database.
const READ_ONLY: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// The code of a syntax error, and of a text with several statements where one is expected.
const SYNTAX_ERROR: &str = "42601";

/// A query that only takes the snapshot of the transaction.
const TAKE_SNAPSHOT: &str = "SELECT";

/// Runs requests on one connection, on the thread that owns it.
pub(crate) struct PostgresDriver {
    connection: Connection,
    /// What has opened the connection.
    connector: Arc<Connector>,
    route: Route,
    /// The place of the connection, if it was opened for reads.
    seat: Option<Seat>,
    /// The replica to which the next connection does not go, because it has cancelled the request.
    avoided: Option<usize>,
    watch: Arc<Watch>,
    target: CancelTarget,
    stopper: Arc<Stopper>,
    /// When the connection is replaced, because it is old then; `None` for never.
    expires: Option<Instant>,
    /// Whether requests of many callers run on the connection.
    is_shared: bool,
    /// Whether a statement of the user may have changed the session.
    has_changed_session: bool,
    /// Whether the open transaction only reads, so that its commit has no effect.
    only_reads: bool,
}

impl PostgresDriver {
    /// Opens a connection. If `is_shared` is set, requests of many callers run on it. Tries hosts
    /// that cannot be reached again for the time of `patience`.
    ///
    /// # Errors
    /// Fails if no host of the address can be reached, or accepts the login.
    pub(super) fn open(route: &Route, is_shared: bool, patience: Duration) -> Result<PostgresDriver> {
        let (watch, target) = (Arc::<Watch>::default(), CancelTarget::default());
        let Opened { mut connection, connector, seat } = route.connect(&watch, &target, patience, None)?;
        let stopper = target.stopper(connector.canceller(), &watch);
        connection.set_stopper(&stopper);
        let (expires, has_changed_session) = (connector.expiry(), false);
        Ok(PostgresDriver {
            connection,
            connector,
            route: route.clone(),
            seat,
            avoided: None,
            watch,
            target,
            stopper,
            expires,
            is_shared,
            has_changed_session,
            only_reads: false,
        })
    }

    /// Returns the connection, for queries of the library about the schema.
    pub(super) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Runs a statement of the library without values.
    fn run(&mut self, text: &str) -> Result<()> {
        self.connection.run(text).map_err(|failure| failure.into_error(text))
    }

    fn execute_statement(
        &mut self,
        text: &str,
        params: &[Param],
        is_raw: bool,
        rows: &mut dyn RowSink,
    ) -> Result<Outcome> {
        let (watch, target, canceller) = (&self.watch, &self.target, self.connector.canceller());
        let cut = || target.cancel(canceller, watch);
        let may_be_cut = !self.connection.in_transaction() && is_query(text) && !writes_rows(text);
        let mut run = Run { rows, is_wanted: true, may_be_cut, cut: &cut };
        let result = self.connection.execute(text, params, is_raw, &mut run);
        result.map_err(|failure| self.explained_with_line(failure, text, is_raw))
    }

    /// Converts an error of a statement, and names its line if the text has several.
    fn explained_with_line(&mut self, failure: Failure, text: &str, is_raw: bool) -> Error {
        let line = failure.place().and_then(|place| line(text, 0, Some(place)));
        let error = self.explained(failure, text, is_raw);
        match line.filter(|_| *error.kind() == ErrorKind::Sql) {
            Some(line) => error.with_remark(&format!("in line {line}")),
            None => error,
        }
    }

    /// Converts an error, and finds out which constraint is violated while that can be asked.
    fn explained(&mut self, failure: Failure, text: &str, is_raw: bool) -> Error {
        let Failure::Server(error) = failure else { return failure.into_error(text) };
        self.connection.forget_statements_after(&error);
        if error.code() == SYNTAX_ERROR && statements(text).len() > 1 {
            return Error::usage("the text has several statements: run them by `execute_script`")
                .with_code(SYNTAX_ERROR);
        }
        let (violated, is_missing) = (error.violated(), error.refers_to_missing_row());
        let error = error.into_error(text);
        if self.is_demoted(&error) {
            let message = "the server has become read-only since it was chosen: another one is the primary now";
            return error.with_kind_and_message(ErrorKind::Disconnected, message);
        }
        if !constraint::lacks_columns(&error, is_raw) {
            return error;
        }
        match self.connection.status() {
            Status::Idle => constraint::explain(&mut self.connection, violated, is_missing, error),
            // The transaction has failed, and accepts no query.
            Status::InTransaction | Status::Failed => match self.connector.connect_aside() {
                Ok(mut other) => {
                    let error = constraint::explain(&mut other, violated, is_missing, error);
                    other.terminate();
                    error
                }
                Err(_) => error,
            },
        }
    }

    /// Returns whether a statement has failed because the server has become read-only, although
    /// the address asks for one that can write.
    fn is_demoted(&self, error: &Error) -> bool {
        let target = self.connector.options.target;
        let (is_standby, is_read_only) = self.connection.session();
        error.code() == Some(READ_ONLY_CODE)
            && self.route.reads().is_none()
            && matches!(target, TargetSession::ReadWrite | TargetSession::Primary)
            && !target.accepts(is_standby, is_read_only)
    }

    /// Returns whether writes of a pipeline can share a commit.
    fn can_flush(&mut self) -> bool {
        if !self.connector.settings.group_commit {
            return false;
        }
        let known = self.connector.can_flush.get();
        known.copied().unwrap_or_else(|| {
            let can = match self.connection.run(FLUSH) {
                Ok(()) => true,
                Err(Failure::Server(_)) => false,
                Err(Failure::Client(_)) => return false,
            };
            *self.connector.can_flush.get_or_init(|| can)
        })
    }

    /// Creates the collation that ignores case, if the statement uses it and it does not exist.
    fn ensure_collation(&mut self, text: &str) -> Result<()> {
        if !collation::is_used(text) || self.connector.has_nocase.load(Ordering::Relaxed) {
            return Ok(());
        }
        // If this fails, the statement fails for the same reason.
        let Ok(exists) = collation::exists(&mut self.connection) else { return Ok(()) };
        if !exists {
            // A replica cannot create it.
            let mut other = self.route.primary().connect_aside()?;
            let result = collation::create(&mut other);
            other.terminate();
            result?;
        } else if self.connection.in_transaction() {
            // The transaction itself may have created it, and may be rolled back.
            return Ok(());
        }
        self.connector.has_nocase.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Checks a statement of the user, and remembers whether it changes the session.
    fn guard(&mut self, text: &str, origin: Origin) -> Result<()> {
        self.has_changed_session |= guard::check(text, origin, self.sharing())?;
        Ok(())
    }

    /// Returns who else uses the session of the connection.
    fn sharing(&self) -> Sharing {
        if self.connection.is_pooled() {
            Sharing::Pooled
        } else if self.is_shared {
            Sharing::Shared
        } else {
            Sharing::Own
        }
    }

    fn begin_text(kind: TransactionKind) -> Result<&'static str> {
        Ok(match kind {
            TransactionKind::Write | TransactionKind::Mode(TransactionMode::Immediate | TransactionMode::Deferred) => {
                "BEGIN"
            }
            TransactionKind::Read | TransactionKind::Mode(TransactionMode::ReadOnly) => READ_ONLY,
            TransactionKind::Mode(TransactionMode::RepeatableRead) => "BEGIN ISOLATION LEVEL REPEATABLE READ",
            TransactionKind::Mode(TransactionMode::Serializable) => "BEGIN ISOLATION LEVEL SERIALIZABLE",
            TransactionKind::Mode(TransactionMode::Exclusive) => {
                return Err(Error::unsupported(NAME, "`TransactionMode::Exclusive`"));
            }
            TransactionKind::WithoutForeignKeys | TransactionKind::Rebuild => {
                return Err(Error::unsupported(NAME, "transaction without foreign keys"));
            }
        })
    }
}

fn savepoint_text(number: u64) -> String {
    format!("SAVEPOINT aio_sql_{number}")
}

impl Driver for PostgresDriver {
    fn is_read(&mut self, text: &str, _params: &[Param], _in_transaction: bool) -> Result<bool> {
        Ok((is_query(text) || begins_with_one_of(text, &["show", "table"])) && !writes_rows(text))
    }

    fn describe(&mut self, text: &str, params: &[Param], rows: &mut dyn RowSink) -> Result<()> {
        guard::check(text, Origin::Statement, self.sharing())?;
        if statements(text).is_empty() {
            return Err(Error::usage("the text contains no statement"));
        }
        self.ensure_collation(text)?;
        let described = self.connection.describe(text, params);
        let statement = described.map_err(|failure| self.explained_with_line(failure, text, true))?;
        let types = super::types::declared(&mut self.connection, &statement.columns)?;
        for (column, ty) in statement.columns.iter().zip(types) {
            rows.batch().push_text(column.name.as_bytes());
            match ty {
                Some(ty) => rows.batch().push_text(ty.as_bytes()),
                None => rows.batch().push_null(),
            }
            if !rows.end_row() {
                break;
            }
        }
        Ok(())
    }

    fn check_sources(&mut self, sources: &[RawSource], _params: &[Param]) -> Result<()> {
        if self.connection.in_transaction() {
            // An error would end the transaction. The server itself reports a column that is
            // missing or ambiguous.
            return Ok(());
        }
        for RawSource { text, names, record } in sources {
            // A source that cannot be prepared without the outer statement may use names or
            // placeholders of that statement.
            let Ok(statement) = self.connection.prepare(text) else { continue };
            let given: Vec<_> = statement.columns.iter().map(|column| column.name.clone()).collect();
            check_names(names, &given, record)?;
        }
        Ok(())
    }

    fn must_run_outside_of_transactions(&self, text: &str) -> bool {
        let words = super::script::words(text);
        let has = |word: &str| words.iter().any(|other| other == word);
        match words.first().map_or("", String::as_str) {
            "vacuum" | "cluster" => true,
            "create" | "drop" | "reindex" | "refresh" => {
                has("concurrently") || matches!(words.get(1).map(String::as_str), Some("database" | "tablespace"))
            }
            "alter" => words.get(1).is_some_and(|word| word == "system") || has("concurrently"),
            _ => false,
        }
    }

    fn execute(&mut self, text: &str, params: &[Param], exact: bool, rows: &mut dyn RowSink) -> Result<Outcome> {
        if exact {
            self.guard(text, Origin::Statement)?;
        }
        self.ensure_collation(text)?;
        let has_savepoint = self.begin_statement();
        let result = self.execute_statement(text, params, exact, rows);
        self.end_statement(has_savepoint, result.is_err());
        result
    }

    fn insert(&mut self, inserted: &RowsToInsert, rows: &mut dyn RowSink) -> Result<Outcome, (Option<usize>, Error)> {
        let first = inserted.first_statement().map_or("", |statement| &statement.text);
        self.ensure_collation(first).map_err(|error| (None, error))?;
        let has_savepoint = self.begin_statement();
        let result = insert(&mut self.connection, inserted, rows).map_err(|(row, failure)| {
            let text = inserted.first_statement().map_or("", |statement| &statement.text);
            (row, self.explained(failure, text, false))
        });
        self.end_statement(has_savepoint, result.is_err());
        result
    }

    fn runs_together(&self) -> bool {
        true
    }

    fn run_together(
        &mut self,
        statements: &[StatementOfRequest<'_>],
        transaction: Option<TransactionKind>,
        rows: &mut dyn StepSink,
    ) -> Result<(), FailedStatement> {
        let failed = |number, error| FailedStatement { number, row: None, error };
        for (number, statement) in statements.iter().enumerate() {
            if let StatementOfRequest::Statement { text, exact, .. } = statement {
                if *exact {
                    self.guard(text, Origin::Statement).map_err(|error| failed(Some(number), error))?;
                }
                self.ensure_collation(text).map_err(|error| failed(Some(number), error))?;
            }
        }
        let begin = transaction.map(PostgresDriver::begin_text).transpose().map_err(|error| failed(None, error))?;
        let has_effect = begin.is_some_and(|begin| begin != READ_ONLY);
        run_together(&mut self.connection, statements, begin, has_effect, rows).map_err(|failure| {
            let TogetherFailure { statement, row, failure } = failure;
            let (text, is_raw) =
                statement.and_then(|number| statements.get(number)).map_or(("", false), StatementOfRequest::text);
            FailedStatement { number: statement, row, error: self.explained_with_line(failure, text, is_raw) }
        })
    }

    fn pipelining(&self) -> Pipelining {
        match self.connection.may_have_pipelines() {
            true if self.connection.is_near() => Pipelining::Near,
            true => Pipelining::Far,
            false => Pipelining::Off,
        }
    }

    fn run_pipeline(
        &mut self,
        members: &[PipelineMember<'_>],
        sink: &mut dyn PipelineSink,
    ) -> Vec<(usize, FailedMember)> {
        let text = |number: usize| members.get(number).map_or("", |member| member.statement.text().0);
        let may_flush = members.iter().any(|member| member.writes) && self.can_flush();
        self.route.primary().pipelines.count(members.len() as u64);
        if let Some(seat) = &self.seat {
            // The last one is counted after the pipeline.
            seat.count(members.len() as u64 - 1);
        }
        let failed = run_pipeline(&mut self.connection, members, may_flush, &self.connector.groups, sink);
        let explained = |(number, failed)| match failed {
            Failed::Again => (number, FailedMember::Again),
            Failed::Later => (number, FailedMember::Later),
            Failed::Failure(failure) => {
                (number, FailedMember::Error(self.explained_with_line(failure, text(number), false)))
            }
        };
        failed.into_iter().map(explained).collect()
    }

    fn execute_script(&mut self, text: &str, kind: &ScriptKind) -> Result<()> {
        // No statement of the script runs if one of them cannot.
        refuse_nul(text)?;
        // A script outside of a transaction may begin and end transactions of its own.
        let in_transaction = self.connection.in_transaction();
        let step = match kind {
            ScriptKind::Step(step) => Some(step),
            ScriptKind::Plain => None,
        };
        if step.is_some_and(|step| !step.rebuilds.is_empty()) {
            return Err(Error::unsupported(NAME, "rebuild of a table"));
        }
        if step.is_some() && !in_transaction && statements(text).len() != 1 {
            return Err(Error::usage(
                "a step with `no transaction` has exactly one statement, so that an interruption leaves nothing half \
                 done: make a step of each statement",
            ));
        }
        let origin = if in_transaction { Origin::ScriptInTransaction } else { Origin::Script };
        let with_line = |error: Error, begin: usize, place: Option<usize>| match line(text, begin, place) {
            Some(line) if step.is_some() => error.context(format_args!("line {line}")),
            Some(line) => error.with_remark(&format!("in line {line}")),
            None => error,
        };
        let mut has_effect = false;
        let mut rows = 0;
        for (begin, statement) in statements(text) {
            self.guard(statement, origin).map_err(|error| with_line(error, begin, None))?;
            rows += self.connection.run_statement(statement).map_err(|failure| {
                let place = failure.place();
                let mut error = self.explained(failure, statement, true);
                if has_effect && *error.kind() == ErrorKind::Disconnected {
                    error = error.with_kind(ErrorKind::OutcomeUnknown);
                }
                if *error.kind() == ErrorKind::Sql
                    && let Some(advice) = advice(statement)
                {
                    error = error.with_remark(&advice);
                }
                with_line(error, begin, place)
            })?;
            has_effect |= !self.connection.in_transaction();
            if let Some(progress) = step.and_then(|step| step.progress.as_ref()) {
                progress.set_at_least(rows);
            }
        }
        Ok(())
    }

    fn begin(&mut self, kind: TransactionKind) -> Result<()> {
        let begin = PostgresDriver::begin_text(kind)?;
        self.connection.defer(begin);
        self.only_reads = begin == READ_ONLY;
        let takes_snapshot = matches!(
            kind,
            TransactionKind::Mode(
                TransactionMode::ReadOnly | TransactionMode::RepeatableRead | TransactionMode::Serializable
            )
        );
        if takes_snapshot {
            // The server would take the snapshot with the first statement. It belongs to the
            // beginning.
            self.connection.defer(TAKE_SNAPSHOT);
            return self.connection.run_deferred().map_err(|failure| failure.into_error(begin));
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        // Nothing was sent, so there is nothing to commit.
        let was_empty = self.connection.forget_deferred();
        if was_empty && self.connection.status() == Status::Idle {
            return Ok(());
        }
        let result = self.connection.commit(!self.only_reads);
        let result = result.map_err(|failure| self.explained(failure, "COMMIT", false));
        if result.is_err() && self.connection.status() != Status::Idle {
            self.run("ROLLBACK")?;
        }
        result
    }

    fn rollback(&mut self) -> Result<()> {
        self.connection.forget_deferred();
        match self.connection.status() {
            Status::Idle => Ok(()),
            Status::InTransaction | Status::Failed => self.run("ROLLBACK"),
        }
    }

    fn savepoint(&mut self, number: u64) -> Result<()> {
        self.connection.defer(savepoint_text(number));
        Ok(())
    }

    fn release(&mut self, number: u64) -> Result<()> {
        if self.connection.take_back_deferred(&savepoint_text(number)) {
            return Ok(());
        }
        if self.connection.status() == Status::Failed {
            return Err(Error::new(ErrorKind::RolledBack, "the nested transaction has failed"));
        }
        // The server has nothing to check, so the statement can wait for the next one.
        self.connection.defer(format!("RELEASE aio_sql_{number}"));
        Ok(())
    }

    fn rollback_to(&mut self, number: u64) -> Result<()> {
        if self.connection.take_back_deferred(&savepoint_text(number)) {
            return Ok(());
        }
        self.run(&format!("ROLLBACK TO aio_sql_{number}; RELEASE aio_sql_{number}"))
    }

    fn in_transaction(&self) -> bool {
        self.connection.in_transaction()
    }

    fn has_failed_transaction(&self) -> bool {
        self.connection.status() == Status::Failed
    }

    fn stopper(&self) -> Arc<Stopper> {
        Arc::clone(&self.stopper)
    }

    fn lend(&mut self, _read_only: bool) -> Result<&mut dyn Any> {
        Ok(self.connection())
    }

    fn is_unusable_after(&self, error: &Error) -> bool {
        self.connection.is_lost() || matches!(error.kind(), ErrorKind::Disconnected | ErrorKind::OutcomeUnknown)
    }

    fn is_lost(&mut self) -> bool {
        if self.has_state_of_user() {
            // The next statement finds it out, and its error tells the user that the state is
            // gone.
            return false;
        }
        let has_expired = self.expires.is_some_and(|expires| Instant::now() >= expires);
        has_expired || !self.connection.is_alive() || self.leaves_server()
    }

    fn resolves_conflicts(&self, error: &Error) -> bool {
        // A serialization failure and a deadlock. A lock that is not available has a holder.
        matches!(error.code(), Some("40001" | "40P01"))
    }

    fn leaves_server_after(&mut self, error: &Error) -> bool {
        // The replica has to apply what the request stands in the way of.
        let (Some(route), Some(number)) = (self.route.reads(), self.seat.as_ref().and_then(Seat::number)) else {
            return false;
        };
        let is_cancelled = self.resolves_conflicts(error);
        if is_cancelled {
            route.replicas().count_fallback(number);
            self.avoided = Some(number);
        }
        is_cancelled
    }

    fn reconnect(&mut self) -> Result<()> {
        if self.has_state_of_user() {
            return Err(Error::new(ErrorKind::Disconnected, "the settings of the session are lost"));
        }
        let patience = self.connector.settings.acquire_timeout;
        self.seat = None;
        let opened = self.route.connect(&self.watch, &self.target, patience, self.avoided.take())?;
        (self.connection, self.connector, self.seat) = (opened.connection, opened.connector, opened.seat);
        self.connection.set_stopper(&self.stopper);
        (self.expires, self.has_changed_session) = (self.connector.expiry(), false);
        Ok(())
    }

    fn set_may_spin(&mut self, may_spin: bool) {
        self.connection.set_may_spin(may_spin);
    }

    fn after_request(&mut self) {
        if let Some(seat) = &self.seat {
            seat.count(1);
        }
        // If this fails, the connection is lost, which is noticed before the next request.
        drop(self.connection.settle());
        if self.has_changed_session && self.is_shared && !self.connection.in_transaction() {
            self.reset_session();
        }
    }

    fn discard(&mut self) {
        self.connection.terminate();
    }

    fn prepare_to_park(&mut self) {
        if self.has_changed_session {
            self.reset_session();
        }
    }

    fn is_pristine(&self) -> bool {
        !self.connection.is_lost() && !self.has_changed_session
    }

    fn take_cache_counts(&mut self) -> (u64, u64) {
        self.connection.take_cache_counts()
    }
}

/// The savepoint around a statement. Those of the engine have numbers.
const STATEMENT_SAVEPOINT: &str = "SAVEPOINT aio_sql_statement";

impl PostgresDriver {
    /// Sets a savepoint before a statement in a transaction, if the settings ask for it. Returns
    /// whether it did.
    fn begin_statement(&mut self) -> bool {
        let sets = self.connector.options.statement_savepoints && self.connection.in_transaction();
        if sets {
            self.connection.defer(STATEMENT_SAVEPOINT);
        }
        sets
    }

    /// Ends the savepoint of a statement.
    fn end_statement(&mut self, has_savepoint: bool, has_failed: bool) {
        if !has_savepoint || self.connection.take_back_deferred(STATEMENT_SAVEPOINT) {
            return;
        }
        if has_failed {
            // If this fails, the transaction stays as unusable as it is.
            let _ = self.connection.run("ROLLBACK TO aio_sql_statement; RELEASE aio_sql_statement");
        } else {
            self.connection.defer("RELEASE aio_sql_statement");
        }
    }

    /// Returns whether the user of an explicit connection has changed its session, for instance by
    /// a setting, a temporary table or a lock. Another connection would not have that.
    fn has_state_of_user(&self) -> bool {
        self.has_changed_session && !self.is_shared
    }

    /// Makes the session as it was at its beginning. If that fails, the connection is not used
    /// again.
    fn reset_session(&mut self) {
        let reset = self.connection.run("DISCARD ALL").map_err(|failure| failure.into_error("DISCARD ALL"));
        self.connection.forget_statements();
        let prepared = reset.and_then(|()| match self.route.reads() {
            Some(_) => only_read(&mut self.connection),
            None => Ok(()),
        });
        match prepared {
            Ok(()) => self.has_changed_session = false,
            Err(_) => self.connection.terminate(),
        }
    }

    /// Returns whether the connection has to be replaced by one to another server.
    fn leaves_server(&mut self) -> bool {
        match (self.route.reads(), &mut self.seat) {
            (Some(route), Some(seat)) => route.leaves(seat, &mut self.connection, &self.watch),
            _ => false,
        }
    }
}
