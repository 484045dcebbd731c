//! The record of a step that has begun outside of a transaction and not ended, and the invalid
//! indexes that such steps leave.

use std::time::Duration;

use super::lock_wait::{full_name, mentions_in};
use super::steps::Step;
use crate::error::{Error, ErrorKind, Result};
use crate::executor::Executor;
use crate::sql::dialect::ServerMigrations;
use crate::statement::query;

/// A step that has begun and was not recorded.
pub(super) struct Unfinished {
    /// The step for an error.
    label: String,
    begun_at: String,
    /// Whether a session of the server still runs it.
    pub(super) is_running: bool,
}

impl Unfinished {
    /// Returns the record that the step has begun; `None` if there is none.
    pub(super) async fn find(ex: &Executor, server: &ServerMigrations, step: &Step<'_>) -> Result<Option<Unfinished>> {
        query(server.create_unfinished).execute(ex).await?;
        let found: Option<(String, bool)> =
            query(server.unfinished).bind(step.migration.name).bind(step.migration.sql).optional(ex).await?;
        Ok(found.map(|(begun_at, is_running)| Unfinished { label: step.migration.label(), begun_at, is_running }))
    }

    /// Returns the error for a step that a session of the server still runs.
    pub(super) fn timeout(&self, timeout: Duration) -> Error {
        let message = format!(
            "migration step {}: a session of the server, whose client has gone, runs it since {} UTC, and has not ended \
             within {timeout:.1?}: run the steps again later, or set a longer `Builder::migrate_timeout`",
            self.label, self.begun_at
        );
        Error::new(ErrorKind::Timeout, message)
    }

    /// Returns when the step had begun, for an error.
    pub(super) fn remark(&self) -> String {
        format!("it had begun at {} UTC and was interrupted", self.begun_at)
    }
}

/// An index that a statement with CONCURRENTLY has left. The server does not use it for queries,
/// but every write maintains it.
pub(super) struct InvalidIndex {
    /// The schema, if it is not in the search path; empty otherwise.
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) table: String,
}

impl InvalidIndex {
    /// Returns the invalid index that a step names; `None` if there is none.
    pub(super) async fn of_step(
        ex: &Executor,
        server: &ServerMigrations,
        step: &Step<'_>,
    ) -> Result<Option<InvalidIndex>> {
        let found: Vec<(String, String, String)> = query(server.invalid_indexes).all(ex).await?;
        let mut indexes = found.into_iter().map(|(schema, name, table)| InvalidIndex { schema, name, table });
        Ok(indexes.find(|index| mentions_in(step.migration.sql, &index.schema, &index.name)))
    }

    /// Returns what to do about the index.
    pub(super) fn advice(&self) -> String {
        let (name, table) = (full_name(&self.schema, &self.name), full_name(&self.schema, &self.table));
        let parts = [&self.schema, &self.name].into_iter().filter(|part| !part.is_empty());
        let quoted: Vec<_> = parts.map(|part| format!("\"{}\"", part.replace('"', "\"\""))).collect();
        let quoted = quoted.join(".");
        format!(
            "the index `{name}` of `{table}` is INVALID, as a CONCURRENTLY that does not end well leaves it: drop it by \
             `DROP INDEX CONCURRENTLY {quoted}`, then run the steps again"
        )
    }

    /// Returns the error for a step that cannot run while the index exists.
    pub(super) fn error(&self, step: &Step<'_>, unfinished: Option<&Unfinished>) -> Error {
        let since = unfinished.map(|unfinished| format!(" ({})", unfinished.remark())).unwrap_or_default();
        let message = format!("migration step {}{since}: {}", step.migration.label(), self.advice());
        Error::new(ErrorKind::Migration { step: step.migration.name.to_owned() }, message)
    }
}
