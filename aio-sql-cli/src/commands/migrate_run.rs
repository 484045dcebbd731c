//! `aio-sql migrate run`

use std::path::Path;

use aio_sql::report::{MigrationProgress, MigrationReport};
use aio_sql::{Database, Dialect, Migration, Migrations};
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use serde_json::json;

use crate::args::Run;
use crate::commands::Context;
use crate::commands::migrate_status::{State, compare, records};
use crate::database::Address;
use crate::error::{Error, Exit, Result};
use crate::output::{count, shows_progress};
use crate::replay::{self, Scratch};
use crate::steps::{Step, Steps};

/// Whether the user is asked before a step loses data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// The user is asked.
    Asked,
    /// The user is not asked, because the database has no rows.
    Given,
}

/// Applies the steps that are not applied yet.
pub(super) async fn run(context: &Context, arguments: &Run) -> Result<Exit> {
    let address = context.address()?;
    let mut steps = context.steps()?;
    steps.check_order()?;
    let exit = apply(context, &address, &steps, arguments, Consent::Asked).await?;
    // A step may have been edited since `schema.sql` was written, so the file is written again.
    // In memory that costs nothing; on a server it is done only if it is necessary.
    let is_outdated = address.dialect() == Dialect::Sqlite || steps.has_outdated_schema();
    if steps.schema.is_some() && is_outdated && !arguments.dry_run {
        replay::write_schema(&context.scratch()?, &mut steps).await?;
    }
    Ok(exit)
}

/// Applies the pending steps to a database, each in its own transaction. Only lists them if
/// `arguments.dry_run` is set.
pub(super) async fn apply(
    context: &Context,
    address: &Address,
    steps: &Steps,
    arguments: &Run,
    consent: Consent,
) -> Result<Exit> {
    let db = if arguments.dry_run { address.open_read_only().await? } else { address.open().await? };
    let outcome = apply_to(context, &db, steps, arguments, consent).await;
    db.close().await?;
    outcome
}

async fn apply_to(context: &Context, db: &Database, steps: &Steps, arguments: &Run, consent: Consent) -> Result<Exit> {
    let output = context.output;
    if arguments.backup.is_some() && db.dialect() != Dialect::Sqlite {
        return Err(Error::usage("`--backup` copies the file of a database, and this one is on a server")
            .help("`pg_dump` copies it"));
    }
    let records = records(db).await?;
    let known = compare(steps, &records);
    let is_pending = |step: &&Step| known.iter().any(|known| known.name == step.name && known.state == State::Pending);
    if let Some(wrong) = known.iter().find(|known| !matches!(known.state, State::Applied | State::Pending)) {
        let error = Error::new(format!("the step {} is {} in this database", wrong.name, wrong.state.word()));
        return Err(error.help("`aio-sql migrate status` says what to do"));
    }
    let pending: Vec<&Step> = steps.list.iter().filter(is_pending).collect();
    let names: Vec<&str> = pending.iter().map(|step| step.name.as_str()).collect();
    if arguments.dry_run {
        for step in &pending {
            output.line(format!("{} would be applied{}", step.name, losses(step)));
        }
        output.json(&json!({ "pending": names, "applied": [] }));
        return Ok(if pending.is_empty() { Exit::Success } else { Exit::SomethingToDo });
    }
    check_runnable(pending.iter().copied())?;
    // A step that replaces steps which were applied is only recorded.
    let is_run = |step: &Step| !records.iter().any(|record| step.directives.replaces(&record.name));
    let lossy: Vec<&&Step> =
        pending.iter().filter(|step| !step.directives.accepts_loss_of.is_empty() && is_run(step)).collect();
    if let Some(first) = lossy.first().filter(|_| consent == Consent::Asked) {
        let lost = lossy.iter().flat_map(|step| &step.directives.accepts_loss_of).map(ToString::to_string);
        let lost = lost.collect::<Vec<_>>().join(", ");
        context.ask.consent(&format!("{} loses the data of {lost}", first.name))?;
    }
    let progress = Progress::new(pending.len());
    let mut applied = Vec::new();
    for step in &pending {
        progress.begin(&step.name);
        let through = steps.list.iter().position(|other| other.name == step.name).map_or(0, |place| place + 1);
        // The copy is made before the first step that loses data.
        let backup = arguments.backup.as_deref().filter(|_| lossy.first().is_some_and(|lossy| lossy.name == step.name));
        let report = run_through(db, &steps.list[..through], backup, &progress).await?;
        if let Some(path) = report.backup() {
            progress.line(&format!("the database is copied to {}", path.display()), context);
        }
        applied.push(step.name.as_str());
        let what = if report.recorded().contains(&step.name) { "recorded" } else { "applied" };
        progress.step(&format!("{} is {what}{}", step.name, losses(step)), context);
    }
    progress.end();
    if pending.is_empty() {
        output.line("nothing to do: all steps are applied");
    } else {
        output.line(format!("{} applied", count(applied.len() as u64, "step")));
    }
    output.json(&json!({ "pending": [], "applied": applied }));
    Ok(Exit::Success)
}

/// Runs the steps of a list that are not applied.
async fn run_through(
    db: &Database,
    steps: &[Step],
    backup: Option<&Path>,
    progress: &Progress,
) -> Result<MigrationReport> {
    let list: Vec<Migration<'_>> = steps.iter().map(|step| Migration::new(&step.name, &step.text)).collect();
    let mut migrations = Migrations::new(&list);
    for step in steps.iter().filter(|step| step.directives.is_rust) {
        // The step was applied by the program, or `check_runnable` would have refused it. So the
        // function, which `migrate` asks for, is never called.
        migrations = migrations.with(&step.name, |_| async { Ok(()) });
    }
    if let Some(path) = backup {
        migrations = migrations.backup_to(path);
    }
    if let Some(bar) = progress.0.clone() {
        migrations = migrations.progress(move |progress| bar.set_message(message(&progress)));
    }
    match db.migrate(&migrations).await {
        Ok(report) => Ok(report),
        Err(error) if db.dialect() != Dialect::Sqlite => Err(error.into()),
        // If the steps also fail in an in-memory database, that error shows the place of the
        // mistake in the text.
        Err(error) => match replay::first(&Scratch::Memory, steps).await {
            Err(placed) if placed.shown_excerpt().is_some() => Err(placed),
            _ => Err(error.into()),
        },
    }
}

/// Fails if one of the steps is a function of the user's program, which the tool cannot call.
pub(super) fn check_runnable<'s>(steps: impl IntoIterator<Item = &'s Step>) -> Result<()> {
    match steps.into_iter().find(|step| step.directives.is_rust) {
        Some(step) => Err(Error::new(format!("the step {} is a function of the program", step.name))
            .help("run the program, which applies the steps by `db.migrate(&STEPS)`")),
        None => Ok(()),
    }
}

fn losses(step: &Step) -> String {
    let lost: Vec<String> = step.directives.accepts_loss_of.iter().map(ToString::to_string).collect();
    if lost.is_empty() { String::new() } else { format!(" (loses {})", lost.join(", ")) }
}

/// Returns the name of a step with the number of rows that it has written, if it has written any.
fn message(progress: &MigrationProgress<'_>) -> String {
    let (step, rows) = (progress.step, HumanCount(progress.rows));
    match progress.total {
        _ if progress.rows == 0 => step.to_owned(),
        // A step may also write rows of tables that it does not rebuild.
        Some(total) if progress.rows <= total => format!("{step}: {rows} of {} rows", HumanCount(total)),
        _ => format!("{step}: {rows} rows"),
    }
}

/// A progress bar, which is shown only on a terminal.
struct Progress(Option<ProgressBar>);

impl Progress {
    fn new(steps: usize) -> Progress {
        let is_shown = steps > 0 && shows_progress();
        Progress(is_shown.then(|| {
            let bar = ProgressBar::new(steps as u64);
            if let Ok(style) = ProgressStyle::with_template("{spinner} {pos}/{len} {msg} {elapsed}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(std::time::Duration::from_millis(100));
            bar
        }))
    }

    fn begin(&self, step: &str) {
        if let Some(bar) = &self.0 {
            bar.set_message(step.to_owned());
        }
    }

    /// Writes a line to the output, above the progress bar if there is one.
    fn line(&self, line: &str, context: &Context) {
        match &self.0 {
            Some(bar) => bar.suspend(|| context.output.line(line)),
            None => context.output.line(line),
        }
    }

    /// Writes a line above the progress bar, and advances the bar by one step.
    fn step(&self, line: &str, context: &Context) {
        self.line(line, context);
        if let Some(bar) = &self.0 {
            bar.inc(1);
        }
    }

    fn end(self) {
        if let Some(bar) = self.0 {
            bar.finish_and_clear();
        }
    }
}
