//! Runs the steps that are pending: each in a transaction, unless it says otherwise.

use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::backup::Destination;
use super::foreign_keys::{check_all, check_none_added};
use super::history::{Comparison, History, Pending, Replacement};
use super::lock_wait::{limit_lock_waits, lock_error};
use super::progress::reported;
use super::steps::{Step, checked};
use super::unfinished::Unfinished;
use super::without_transaction;
use super::{MigrationReport, Migrations};
use crate::database::Database;
use crate::engine::{
    Access, BeginOptions, Enforcement, Recognized, ReplayedStep, ScriptKind, ScriptProgress, StepScript,
    TransactionMode, after, sleep,
};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::with_plain_line_ends;
use crate::statement::query;
use crate::transaction::{Transaction, begin, run_in};

/// What was done about the next step.
pub(super) enum Next {
    /// All steps were run.
    Done,
    /// The first pending step needs another enforcement than the transaction has.
    Needs(Enforcement),
    /// The step with this index is the first pending one, and runs outside of a transaction.
    Outside(usize),
    /// A session of the server still runs the first pending step, although the process that has
    /// begun it has gone.
    Running(Unfinished),
    /// The step with this index was run.
    Ran(usize),
    /// The records of steps were replaced by those of the steps with these names.
    Recorded(Vec<String>),
}

pub(super) async fn run(
    db: Database,
    migrations: Migrations<'_>,
    location: &'static Location<'static>,
) -> Result<MigrationReport> {
    let address = db.backend().address();
    let migrations = migrations.of_database(db.dialect(), &address)?;
    // Steps that the database has as they are here were checked when they were recorded.
    if let Some(digest) = migrations.digest()
        && let Ok(true) = History::has_digest(&db.without_default_timeout(), migrations.steps().len(), digest).await
    {
        return Ok(MigrationReport::default());
    }
    let steps = checked(&migrations)?;
    let mut how = BeginOptions::new(TransactionMode::Immediate, location);
    for step in &steps {
        db.check_beginning(BeginOptions { enforcement: step.enforcement(), ..how })?;
        without_transaction::check(&db, step)?;
    }
    let comparison = Comparison { steps: &steps, allows_newer: migrations.allows_newer, database: &address };
    let mut report = MigrationReport::default();
    // If the history cannot be read, most likely because it does not exist yet, the transaction
    // below either creates it or reports why that fails.
    if let Ok(history) = History::read(&db.without_default_timeout()).await {
        let pending = comparison.pending(&history.steps())?;
        match steps.get(pending.next) {
            Some(step) => how.enforcement = step.enforcement(),
            None if pending.replacements.is_empty() => return Ok(report),
            None => {}
        }
    } else if let Some(step) = steps.first() {
        how.enforcement = step.enforcement();
    }
    let mut backup = migrations.backup.as_deref().map(Destination::new);
    let timeout = db.backend().settings().migrate_timeout;
    let mut until = after(Instant::now(), timeout);
    let is_on_server = db.dialect().catalogue().migrations_of_server.is_some();
    // The history is read again before each step, because another process may run these steps at
    // the same time.
    loop {
        let tx = begin_in_turn(&db, how).await?;
        let next = run_in(tx, |tx| async {
            let (enforcement, migrations) = (how.enforcement, &migrations);
            let run = NextStep { db: &db, tx, comparison: &comparison, enforcement, migrations };
            run.run(&mut backup, &mut report).await
        });
        let next = match next.await {
            // The step has waited too long for a lock, or was in a deadlock. It is rolled back,
            // and those who have waited behind it go on meanwhile.
            Err(error) if is_on_server && *error.kind() == ErrorKind::Conflict => {
                if Instant::now() >= until {
                    return Err(lock_error(&db, &migrations, Some(timeout), error).await);
                }
                sleep(migrations.lock_timeout.max(BETWEEN_ATTEMPTS)).await;
                continue;
            }
            Ok(Next::Outside(index)) => {
                let keeper = begin_in_turn(&db, BeginOptions { enforcement: Enforcement::Full, ..how }).await?;
                without_transaction::run(&db, keeper, &comparison, index, &migrations).await?
            }
            next => next?,
        };
        match next {
            Next::Done => return Ok(report),
            Next::Needs(enforcement) => how.enforcement = enforcement,
            Next::Outside(_) => {}
            Next::Running(_) if Instant::now() < until => sleep(BETWEEN_LOOKS).await,
            Next::Running(unfinished) => return Err(unfinished.timeout(timeout)),
            Next::Recorded(names) => {
                report.recorded.extend(names);
                until = after(Instant::now(), timeout);
            }
            Next::Ran(index) => {
                report.steps.push(steps[index].migration.name.to_owned());
                let Some(following) = steps.get(index + 1) else { return Ok(report) };
                how.enforcement = following.enforcement();
                until = after(Instant::now(), timeout);
            }
        }
    }
}

/// How long a migration waits after the first attempt to begin a transaction. The time grows by as
/// much with each further one, up to [`BETWEEN_LOOKS`].
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(20);

/// The maximum time between two attempts to begin a transaction, and how often a step is looked at
/// that the session of another process runs.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// Begins the transaction of a step. Repeats the attempt while other connections or processes
/// write or run steps, until `migrate_timeout` has passed. No transaction is open between two
/// attempts: on a server, a step such as `CREATE INDEX CONCURRENTLY` would wait for its end.
async fn begin_in_turn(db: &Database, how: BeginOptions) -> Result<Transaction> {
    let timeout = db.backend().settings().migrate_timeout;
    let until = after(Instant::now(), timeout);
    let mut pause = Duration::ZERO;
    loop {
        match begin_alone(db, how).await {
            Err(error) if !matches!(error.kind(), ErrorKind::Busy | ErrorKind::Timeout) => return Err(error),
            Err(error) if Instant::now() >= until => {
                let message = format!(
                    "`migrate` could not begin its next step within {timeout:.1?}: {error}; if another process runs the \
                     same steps, set a longer `Builder::migrate_timeout`"
                );
                return Err(Error::new(ErrorKind::Timeout, message).with_source(error));
            }
            Err(_) => {
                pause = (pause + BETWEEN_ATTEMPTS).min(BETWEEN_LOOKS);
                sleep(pause).await;
            }
            Ok(tx) => return Ok(tx),
        }
    }
}

/// Begins a transaction beside which no other process can run steps. Fails with
/// [`ErrorKind::Busy`] if another one does.
async fn begin_alone(db: &Database, how: BeginOptions) -> Result<Transaction> {
    let tx = begin(db.without_default_timeout(), how).await?;
    if let Some(server) = tx.dialect().catalogue().migrations_of_server {
        if !query(server.try_lock).scalar::<bool>(&tx).await? {
            tx.rollback().await?;
            return Err(Error::new(ErrorKind::Busy, "another process runs migrations"));
        }
        query(server.stay_idle).execute(&tx).await?;
    }
    Ok(tx)
}

/// Reads the history in a transaction that may write, after creating its table, or the column that
/// a table of an earlier version lacks, if necessary.
async fn history(tx: &Transaction) -> Result<History> {
    let catalogue = tx.dialect().catalogue();
    query(catalogue.create_migrations).execute(tx).await?;
    if query(catalogue.lacks_digest).scalar(tx).await? {
        query(catalogue.add_digest).execute(tx).await?;
    }
    History::read(tx).await
}

/// PostgreSQL's code for a table that exists already.
const TABLE_EXISTS: &str = "42P07";

/// What to do if the first step finds the tables that it makes.
const UNKNOWN_TABLES: &str = "the database has tables that the steps make, but no history of steps: record the steps that \
                              have made them with `Database::baseline`";

/// The transaction of the next step.
struct NextStep<'a> {
    db: &'a Database,
    tx: Transaction,
    comparison: &'a Comparison<'a>,
    enforcement: Enforcement,
    migrations: &'a Migrations<'a>,
}

impl NextStep<'_> {
    /// Replaces records if some have to be replaced; otherwise runs the first pending step, if
    /// there is one. `backup` becomes `None` when the copy is made.
    async fn run(&self, backup: &mut Option<Destination>, report: &mut MigrationReport) -> Result<Next> {
        let steps = self.comparison.steps;
        let history = history(&self.tx).await?;
        let applied = history.steps();
        let Pending { replacements, next, has_newer } = self.comparison.pending(&applied)?;
        if !replacements.is_empty() {
            // Of steps that are not known, there is no digest.
            let last = next.checked_sub(1).filter(|_| !has_newer);
            return self.replace(&replacements, last.and_then(|last| steps.get(last))).await;
        }
        let Some(step) = steps.get(next) else { return Ok(Next::Done) };
        if step.directives.no_transaction {
            return Ok(Next::Outside(next));
        }
        if step.enforcement() != self.enforcement {
            return Ok(Next::Needs(step.enforcement()));
        }
        let recognized = if applied.is_empty() { self.recognized().await? } else { Recognized::Nothing };
        if let Recognized::Steps(made) = recognized {
            for step in &steps[..made] {
                record(&self.tx, step).await?;
            }
            return Ok(Next::Recorded(names(&steps[..made])));
        }
        let done = async {
            if !step.directives.loses.is_empty()
                && let Some(destination) = backup.take()
            {
                report.backup = destination.copy(self.db, step.migration.name).await?;
            }
            limit_lock_waits(&self.tx, self.migrations.lock_timeout).await?;
            self.run_step(step).await
        };
        done.await.map_err(|error| {
            let has_table = applied.is_empty() && error.code() == Some(TABLE_EXISTS);
            let is_unknown = has_table || recognized == Recognized::Differs;
            let error = if is_unknown { error.with_remark(UNKNOWN_TABLES) } else { error };
            error.context(format_args!("migration step {}", step.migration.label()))
        })?;
        record(&self.tx, step).await?;
        Ok(Next::Ran(next))
    }

    /// Finds out which steps have made the schema of a database on which no step was run, because
    /// the program has created its tables by other means before.
    async fn recognized(&self) -> Result<Recognized> {
        let steps = self.comparison.steps;
        let replayed = steps.iter().map(|step| ReplayedStep {
            sql: with_plain_line_ends(step.migration.sql).into(),
            rebuilds: step.enforcement() == Enforcement::Rebuild,
        });
        let Some(recognize) = self.db.backend().recognize(replayed.collect()) else {
            return Ok(Recognized::Nothing);
        };
        let name = |made: usize| steps.get(made - 1).map_or("", |step| step.migration.name);
        let (last, advice) = match self.tx.lend(Access::Read, recognize).await?? {
            Recognized::WithoutRows { steps: made, table } => (
                name(made),
                format!(
                    "has the tables that the steps up to `{0}` make, but no rows in {table}, where these steps insert some: \
                     create the tables by `migrate` alone, or, if the rows are not needed, record these steps with \
                     `Database::baseline(.., {0:?})`",
                    name(made)
                ),
            ),
            Recognized::Ambiguous { first, last } => (
                name(last),
                format!(
                    "has the tables that the steps up to `{}` make, and those up to `{}`, between which only rows are \
                     changed: record those that were run, by this or another program, with `Database::baseline`",
                    name(first),
                    name(last)
                ),
            ),
            certain => return Ok(certain),
        };
        let message = format!("the database {} has no history of steps, and {advice}", self.comparison.database);
        Err(Error::new(ErrorKind::Migration { step: last.to_owned() }, message))
    }

    /// Replaces the records of steps by those of the steps that replace them. `last` is the last
    /// step that was run, if the program knows it.
    async fn replace(&self, replacements: &[Replacement], last: Option<&Step<'_>>) -> Result<Next> {
        let (tx, catalogue) = (&self.tx, self.tx.dialect().catalogue());
        let mut recorded = Vec::new();
        for Replacement { step, names } in replacements {
            let step = self.comparison.steps[*step].migration;
            let Some((last, others)) = names.split_last() else { continue };
            for name in others {
                query(catalogue.forget_migration).bind(&**name).execute(tx).await?;
            }
            let sql = with_plain_line_ends(step.sql);
            query(catalogue.rename_migration).bind(step.name).bind(&*sql).bind(&**last).execute(tx).await?;
            recorded.push(step.name.to_owned());
        }
        query(catalogue.set_digest).bind(last.map(|step| step.digest.stored())).execute(tx).await?;
        Ok(Next::Recorded(recorded))
    }

    async fn run_step(&self, step: &Step<'_>) -> Result<()> {
        let tx = &self.tx;
        let on_progress = self.migrations.on_progress.as_ref();
        let progress = on_progress.map(|on_progress| (on_progress, Arc::new(ScriptProgress::default())));
        let kind = ScriptKind::Step(StepScript {
            rebuilds: Arc::from(&*step.directives.rebuilds),
            progress: progress.as_ref().map(|(_, progress)| Arc::clone(progress)),
        });
        let script = tx.script(with_plain_line_ends(step.migration.sql).into(), kind);
        match &progress {
            Some((on_progress, progress)) => reported(step.migration.name, script, progress, on_progress).await?,
            None => script.await?,
        }
        if let Some(function) = &step.function {
            // The function gets a nested transaction, so that it does not end that of the step if
            // it commits.
            run_in(tx.begin().await?, |nested| function(nested)).await?;
        }
        match self.enforcement {
            Enforcement::Full => Ok(()),
            Enforcement::WithoutForeignKeys => check_all(tx).await,
            Enforcement::Rebuild => check_none_added(tx, &self.db.without_default_timeout()).await,
        }
    }
}

fn names(steps: &[Step<'_>]) -> Vec<String> {
    steps.iter().map(|step| step.migration.name.to_owned()).collect()
}

pub(super) async fn record(tx: &Transaction, step: &Step<'_>) -> Result<()> {
    let sql = with_plain_line_ends(step.migration.sql);
    let record = query(tx.dialect().catalogue().record_migration).bind(step.migration.name);
    record.bind(step.digest.stored()).bind(&*sql).execute(tx).await?;
    Ok(())
}

/// Records the steps up to `last` without running them.
pub(super) async fn baseline(
    db: Database,
    migrations: Migrations<'_>,
    last: &str,
    location: &'static Location<'static>,
) -> Result<MigrationReport> {
    let migrations = migrations.of_database(db.dialect(), &db.backend().address())?;
    let steps = checked(&migrations)?;
    let Some(index) = steps.iter().position(|step| step.migration.name == last) else {
        let known = steps.iter().map(|step| format!("`{}`", step.migration.name)).collect::<Vec<_>>().join(", ");
        return Err(Error::usage(format!("there is no migration step `{last}` to record: the steps are {known}")));
    };
    let steps = &steps[..=index];
    let tx = begin_in_turn(&db, BeginOptions::new(TransactionMode::Immediate, location)).await?;
    run_in(tx, |tx| async move {
        if let Some(applied) = history(&tx).await?.steps().first() {
            let message = format!(
                "the database {} has a history of steps already, which begins with `{}`: run the others with `migrate`",
                db.backend().address(),
                applied.name
            );
            return Err(Error::new(ErrorKind::Migration { step: applied.name.to_owned() }, message));
        }
        for step in steps {
            record(&tx, step).await?;
        }
        Ok(MigrationReport { recorded: names(steps), ..MigrationReport::default() })
    })
    .await
}
