//! Runs scripts: those of the user, and the steps of migrations.

use std::sync::Arc;

use rusqlite::Batch;
use rusqlite::fallible_iterator::FallibleIterator;

use super::super::error::execution_error;
use super::super::foreign_keys;
use super::super::guard::Origin;
use super::super::rebuild::Rebuild;
use super::SqliteDriver;
use super::prepare::refuse_nul;
use crate::engine::{ScriptKind, ScriptProgress, StepScript};
use crate::error::Result;

/// A step of a migration while its script runs.
struct RunningStep<'a> {
    rebuild: Rebuild,
    progress: Option<&'a ScriptProgress>,
}

impl SqliteDriver {
    pub(super) fn run_script(&self, text: &str, kind: &ScriptKind) -> Result<()> {
        if self.connection.raw.is_autocommit() {
            self.hooks.clear_failure();
        }
        refuse_nul(text)?;
        match kind {
            ScriptKind::Plain => self.run_statements(text, None),
            ScriptKind::Step(step) => self.run_step(text, step),
        }
    }

    fn run_step(&self, text: &str, step: &StepScript) -> Result<()> {
        let raw = &self.connection.raw;
        let rebuild = Rebuild::begin(raw, &step.rebuilds)?;
        let mut running = RunningStep { rebuild, progress: step.progress.as_deref() };
        if let Some(progress) = &step.progress {
            progress.set_total(running.rebuild.rows());
            let counter = Arc::clone(progress);
            self.hooks.set_update_hook_with(raw, move |_, _| counter.add_row())?;
        }
        let done = self.run_statements(text, Some(&mut running));
        if step.progress.is_some() {
            self.hooks.set_update_hook(raw)?;
        }
        done?;
        running.rebuild.finish(raw)
    }

    fn run_statements(&self, text: &str, mut step: Option<&mut RunningStep<'_>>) -> Result<()> {
        let raw = &self.connection.raw;
        let allows = if raw.is_autocommit() { Origin::Script } else { Origin::ScriptInTransaction };
        let before = raw.total_changes();
        let mut statements = Batch::new(raw, text);
        loop {
            // Forget the table of an earlier DROP TABLE, so that only that of the next statement
            // is found.
            drop(self.guard.take_dropped_table());
            // The script itself may have begun a transaction.
            let mut prepare = || self.guard.prepare(allows, !raw.is_autocommit(), || statements.next());
            let Some(mut statement) = self.with_current_schema(&mut prepare)? else { return Ok(()) };
            if let Some(step) = &mut step
                && let Some(table) = self.guard.take_dropped_table()
            {
                foreign_keys::refuse_to_drop(raw, &table)?;
                step.rebuild.before_drop(raw, &table)?;
            }
            let mut rows = statement.raw_query();
            while rows.next().map_err(|error| execution_error(raw, None, error))?.is_some() {}
            if let Some(progress) = step.as_ref().and_then(|step| step.progress) {
                // The update hook is not called for tables without rowid, nor where SQLite copies
                // whole tables.
                progress.set_at_least(raw.total_changes() - before);
            }
        }
    }
}
