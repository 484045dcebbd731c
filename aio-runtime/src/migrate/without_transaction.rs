//! Steps that run outside of a transaction, because the database refuses their statement in one.
//!
//! Meanwhile another transaction, which holds nothing but a lock of the library, keeps other
//! processes from running steps. That the step has begun is recorded before it, and that it has
//! run after it, so that the next process can tell what has become of it.

use std::sync::Arc;
use std::time::Duration;

use super::Migrations;
use super::history::{Comparison, History};
use super::lock_wait::{limit_lock_waits_of_session, lock_error, mentions};
use super::progress::reported;
use super::run::{Next, record};
use super::steps::Step;
use super::unfinished::{InvalidIndex, Unfinished};
use crate::connection::Connection;
use crate::database::Database;
use crate::engine::{ScriptKind, ScriptProgress, StepScript};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::dialect::ServerMigrations;
use crate::sql::{begins_with_one_of, with_plain_line_ends};
use crate::statement::query;
use crate::transaction::{Transaction, run_in};

/// Checks whether the database can run a step outside of a transaction, if the step asks for that.
pub(super) fn check(db: &Database, step: &Step<'_>) -> Result<()> {
    if !step.directives.no_transaction || db.dialect().catalogue().migrations_of_server.is_some() {
        return Ok(());
    }
    let database = db.dialect().name();
    let message = format!(
        "migration step {}: {database} runs every step in a transaction: remove the line `-- aio-sql: no transaction`",
        step.migration.label()
    );
    let what = "`-- aio-sql: no transaction`".to_owned();
    Err(Error::new(ErrorKind::Unsupported { database, what }, message))
}

/// Runs the step with this index while `keeper` keeps other processes from running steps. Does
/// nothing if another process has run it meanwhile.
pub(super) async fn run(
    db: &Database,
    keeper: Transaction,
    comparison: &Comparison<'_>,
    index: usize,
    migrations: &Migrations<'_>,
) -> Result<Next> {
    let Some(server) = db.dialect().catalogue().migrations_of_server else { return Ok(Next::Outside(index)) };
    if db.backend().settings().connections < 2 {
        let step = comparison.steps[index].migration.label();
        return Err(Error::usage(format!(
            "the migration step {step} needs two connections: set `Builder::max_connections` to at least 2"
        )));
    }
    let done = async {
        let connection = db.connect().await?;
        let run = Run { db, connection: &connection, server, index, step: &comparison.steps[index], migrations };
        // Another process may have run the step before the lock was taken.
        let history = History::read(&connection.without_default_timeout()).await?;
        let is_pending = comparison.pending(&history.steps())?.next == index;
        let done = if is_pending { run.run().await } else { Ok(Next::Outside(index)) };
        // What has become of the step counts, not what becomes of its connection.
        let _ = connection.close().await;
        done
    }
    .await;
    // Nothing was written in it. If its connection was lost, the lock is gone anyway.
    let _ = keeper.rollback().await;
    done
}

struct Run<'a> {
    db: &'a Database,
    connection: &'a Connection,
    server: &'a ServerMigrations,
    index: usize,
    step: &'a Step<'a>,
    migrations: &'a Migrations<'a>,
}

impl Run<'_> {
    async fn run(&self) -> Result<Next> {
        let Run { connection, server, step, .. } = self;
        let ex = connection.without_default_timeout();
        let unfinished = Unfinished::find(&ex, server, step).await?;
        let unfinished = match unfinished {
            Some(unfinished) if unfinished.is_running => return Ok(Next::Running(unfinished)),
            unfinished => unfinished,
        };
        // The statement would fail because the index exists or, with IF NOT EXISTS, leave it.
        if let Some(index) = InvalidIndex::of_step(&ex, server, step).await?
            && !begins_with_one_of(step.migration.sql, &["drop", "reindex"])
        {
            return Err(index.error(step, unfinished.as_ref()));
        }
        query(server.begin_unfinished).bind(step.migration.name).execute(&ex).await?;
        let done = match self.execute().await {
            Ok(()) => Next::Ran(self.index),
            Err(error) if unfinished.is_some() && has_taken_effect(step.migration.sql, &error) => {
                Next::Recorded(vec![step.migration.name.to_owned()])
            }
            Err(error) => return Err(self.failed(error, unfinished.as_ref()).await),
        };
        run_in(ex.begin().await?, |tx| async move {
            record(&tx, step).await?;
            query(server.end_unfinished).bind(step.migration.name).execute(&tx).await?;
            Ok::<_, Error>(())
        })
        .await?;
        Ok(done)
    }

    /// Runs the statement of the step.
    async fn execute(&self) -> Result<()> {
        let sql = self.step.migration.sql;
        // Nobody waits behind a statement with CONCURRENTLY, but it leaves an invalid index if it
        // ends early.
        let timeout = if mentions(sql, "concurrently") { Duration::ZERO } else { self.migrations.lock_timeout };
        limit_lock_waits_of_session(self.connection, timeout).await?;
        let progress = self.migrations.on_progress.as_ref();
        let progress = progress.map(|on_progress| (on_progress, Arc::new(ScriptProgress::default())));
        let kind = ScriptKind::Step(StepScript {
            rebuilds: Arc::from([]),
            progress: progress.as_ref().map(|(_, progress)| Arc::clone(progress)),
        });
        let script = self.connection.script(with_plain_line_ends(sql).into(), kind);
        match &progress {
            Some((on_progress, progress)) => reported(self.step.migration.name, script, progress, on_progress).await,
            None => script.await,
        }
    }

    /// Returns the error of the statement, with what it has left.
    async fn failed(&self, error: Error, unfinished: Option<&Unfinished>) -> Error {
        let (step, server) = (self.step, self.server);
        let label = step.migration.label();
        if matches!(error.kind(), ErrorKind::Disconnected | ErrorKind::OutcomeUnknown) {
            let remark = "the step runs outside of a transaction: the next `migrate` finds out what has become of it";
            return error.with_remark(remark).context(format_args!("migration step {label}"));
        }
        // The connection of the step may have been lost, too.
        let ex = self.db.without_default_timeout();
        let ended = query(server.end_unfinished).bind(step.migration.name).execute(&ex).await;
        let left = InvalidIndex::of_step(&ex, server, step).await;
        let error = match (left, unfinished) {
            (Ok(Some(index)), _) => error.with_remark(&index.advice()),
            (_, Some(unfinished)) => error.with_remark(&unfinished.remark()),
            _ => error,
        };
        let error = error.context(format_args!("migration step {label}"));
        match ended {
            Ok(_) if *error.kind() == ErrorKind::Conflict => lock_error(self.db, self.migrations, None, error).await,
            _ => error,
        }
    }
}

/// Returns whether an error says that the statement has nothing to do: the index that it creates
/// exists, or the one that it drops does not.
fn has_taken_effect(sql: &str, error: &Error) -> bool {
    match error.code() {
        Some("42P07") => begins_with_one_of(sql, &["create"]),
        Some("42704") => begins_with_one_of(sql, &["drop"]),
        _ => false,
    }
}
