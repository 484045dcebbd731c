//! Runs scripts: those of the user, and the steps of migrations.

use std::cell::Cell;
use std::sync::Arc;

use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::{Batch, Statement};

use super::super::error::execution_error;
use super::super::foreign_keys;
use super::super::guard::Origin;
use super::super::rebuild::Rebuild;
use super::SqliteDriver;
use super::prepare::refuse_nul;
use crate::engine::{ScriptKind, ScriptProgress, StepScript};
use crate::error::{Error, Result};
use crate::sql::from_first_statement;

/// A step of a migration while its script runs.
struct RunningStep<'a> {
    rebuild: Rebuild,
    progress: Option<&'a ScriptProgress>,
}

impl SqliteDriver {
    pub(super) fn run_script(&mut self, text: &str, kind: &ScriptKind) -> Result<()> {
        if self.connection.raw.is_autocommit() {
            self.hooks.clear_failure();
        }
        refuse_nul(text)?;
        match kind {
            ScriptKind::Plain => self.run_statements(text, None),
            ScriptKind::Step(step) => {
                self.in_step = true;
                self.run_step(text, step)
            }
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
        let is_step = step.is_some();
        let with_line = |at: Option<usize>, error: Error| match line(text, at).filter(|_| is_step) {
            Some(line) => error.context(format_args!("line {line}")),
            None => error,
        };
        let mut statements = Batch::new(raw, text);
        // Where the statement begins, if that is known.
        let mut begin = Some(0);
        loop {
            let mistake = Cell::new(None);
            let prepared = self.with_current_schema(|| {
                self.forget_dropped_table();
                // The script itself may have begun a transaction.
                self.guard.prepare(allows, !raw.is_autocommit(), || {
                    statements.next().inspect_err(|error| mistake.set(place_of(error, text)))
                })
            });
            let prepared = prepared.map_err(|error| with_line(mistake.get().or(begin), error))?;
            let Some(mut statement) = prepared else { return Ok(()) };
            let end = begin.and_then(|begin| end_of(&statement, text, begin));
            let run = self.run_statement(&mut statement, step.as_deref_mut());
            run.map_err(|error| with_line(begin, error))?;
            if let Some(progress) = step.as_ref().and_then(|step| step.progress) {
                // The update hook is not called for tables without rowid, nor where SQLite copies
                // whole tables.
                progress.set_at_least(raw.total_changes() - before);
            }
            begin = end;
        }
    }

    fn run_statement(&self, statement: &mut Statement<'_>, step: Option<&mut RunningStep<'_>>) -> Result<()> {
        let raw = &self.connection.raw;
        if let Some((schema, table)) = self.refuse_to_drop()?
            && let Some(step) = step
            && schema == "main"
        {
            step.rebuild.before_drop(raw, &table)?;
        }
        let mut rows = statement.raw_query();
        while rows.next().map_err(|error| execution_error(raw, None, error))?.is_some() {}
        Ok(())
    }

    /// Forgets which table an earlier statement has dropped, so that only that of the next one is
    /// found.
    pub(super) fn forget_dropped_table(&self) {
        drop(self.guard.take_dropped_table());
    }

    /// Returns the schema and the table that the statement drops which was prepared last, if it
    /// does.
    ///
    /// # Errors
    /// Fails if the transaction is that of a step of a migration, and rows of other tables
    /// reference the table.
    pub(super) fn refuse_to_drop(&self) -> Result<Option<(String, String)>> {
        let Some((schema, table)) = self.guard.take_dropped_table().filter(|_| self.in_step) else { return Ok(None) };
        foreign_keys::refuse_to_drop(&self.connection.raw, &schema, &table)?;
        Ok(Some((schema, table)))
    }
}

/// Returns the place in a script at which SQLite has found a mistake, if it tells the place.
fn place_of(error: &rusqlite::Error, script: &str) -> Option<usize> {
    // The SQL of the error is the rest of the script, from the wrong statement on.
    let rusqlite::Error::SqlInputError { sql, offset, .. } = error else { return None };
    Some(script.len().checked_sub(sql.len())? + usize::try_from(*offset).ok()?)
}

/// Returns where the statement of a script ends that begins at `begin`.
fn end_of(statement: &Statement<'_>, script: &str, begin: usize) -> Option<usize> {
    let sql = statement.expanded_sql()?;
    script.get(begin..)?.starts_with(&sql).then_some(begin + sql.len())
}

/// Returns the number of the line of a script in which a place is. If white space and comments
/// follow the place, that of the statement behind them. Returns `None` if the script has only one
/// line.
fn line(script: &str, place: Option<usize>) -> Option<usize> {
    let rest = script.get(place?..)?;
    let rest = from_first_statement(rest).unwrap_or(rest);
    let before = script.get(..script.len() - rest.len())?;
    script.contains('\n').then(|| 1 + before.matches('\n').count())
}
