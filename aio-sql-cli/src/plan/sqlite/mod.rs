//! The plan for SQLite (<https://sqlite.org/lang_altertable.html>).

mod alter;
mod column;
mod never_null;
mod planner;
mod rebuild;

use std::collections::BTreeSet;

use aio_sql::inspect::{Column, PrimaryKey, Schema, Table, TableKind};
pub(super) use planner::plan;

use super::draft::{Draft, TableDraft};
use super::name::{is, quoted, word};
use super::tokens::tokens;
use super::{Change, Hints, Step};
use crate::error::Result;

/// Returns whether SQLite may be unable to rename a column of a table by ALTER TABLE.
///
/// While it reads CREATE TABLE, it takes a column `INTEGER PRIMARY KEY` for the rowid, also where
/// UNIQUE constraints name it, and learns only at the end that the table is WITHOUT ROWID. RENAME
/// COLUMN then does not find the name in these constraints, and fails with "no such column".
pub(super) fn may_refuse_rename(table: &Table, column: &str) -> bool {
    let is_key = |key: &PrimaryKey| matches!(*key.columns(), [name] if is(name, column));
    let is_integer = |column: &Column| is(column.declared_type(), "INTEGER");
    table.is_without_rowid()
        && table.primary_key().is_some_and(is_key)
        && table.column(column).is_some_and(is_integer)
        && tokens(table.sql()).iter().any(|token| token.is("unique"))
}

/// Returns the step that ends the differences, and what it changes. `rebuilt` are the tables that
/// ALTER TABLE cannot change as wanted.
///
/// # Errors
/// Fails if a new column needs values that nothing provides.
pub(super) fn step(
    wanted: &Schema,
    found: &Schema,
    draft: &Draft<'_>,
    hints: &Hints,
    rebuilt: &BTreeSet<String>,
) -> Result<(Step, Vec<Change>)> {
    let mut writer = Writer { wanted, found, draft, hints, step: Step::default(), changes: Vec::new() };
    draft.check_values(hints, |draft, column| {
        column::is_rowid(draft.wanted, column.name()) && !draft.found.is_without_rowid()
    })?;
    writer.drop_dependents();
    writer.create_tables();
    for table in &draft.altered {
        writer.alter(table, rebuilt.contains(table.wanted.name()))?;
    }
    writer.drop_tables();
    writer.create_dependents();
    Ok((writer.step, writer.changes))
}

/// Returns the step that makes a whole schema in an empty database, and what it makes. The step
/// has no rows, and no virtual tables that SQLite cannot read because it lacks their module.
pub(crate) fn creation(schema: &Schema) -> (Step, Vec<Change>) {
    let order = schema.in_key_order();
    let is_virtual = |table: &&Table| matches!(table.kind(), TableKind::Virtual(_));
    // A virtual table may read the table whose content it has.
    let (last, first): (Vec<&Table>, Vec<&Table>) =
        order.tables().iter().copied().filter(|table| table.error().is_none()).partition(is_virtual);
    let draft = Draft {
        created: first.into_iter().chain(last).collect(),
        views: schema.views().iter().map(|view| (Some(view), None)).collect(),
        ..Draft::default()
    };
    let hints = Hints::default();
    let (step, changes) = (Step::default(), Vec::new());
    let mut writer = Writer { wanted: schema, found: schema, draft: &draft, hints: &hints, step, changes };
    writer.create_tables();
    writer.create_dependents();
    (writer.step, writer.changes)
}

struct Writer<'a> {
    wanted: &'a Schema,
    found: &'a Schema,
    draft: &'a Draft<'a>,
    hints: &'a Hints,
    step: Step,
    changes: Vec<Change>,
}

impl Writer<'_> {
    /// Drops the views, triggers and indexes that are gone or change. An index that is not dropped
    /// by name would be made again after the rebuild of its table.
    fn drop_dependents(&mut self) {
        for (_, found) in &self.draft.views {
            if let Some(view) = found {
                self.step.push(view.name(), format!("DROP VIEW {}", quoted(view.name())));
                self.changes.push(Change::Drop { kind: "view", name: view.name().to_owned() });
            }
        }
        for draft in &self.draft.altered {
            let table = draft.wanted.name();
            for trigger in &draft.dropped_triggers {
                self.step.push(table, format!("DROP TRIGGER {}", quoted(trigger.name())));
                self.changes.push(Change::Drop { kind: "trigger", name: trigger.name().to_owned() });
            }
            for index in &draft.dropped_indexes {
                self.step.push(table, format!("DROP INDEX {}", quoted(index.name())));
                let (table, index) = (table.to_owned(), index.name().to_owned());
                self.changes.push(Change::DropIndex { table, index });
            }
        }
        // The names of indexes are unique in the whole schema, so an index of another table that
        // has the name of a new one is dropped, too.
        let created = self.draft.created.iter().flat_map(|table| table.indexes());
        let created = created.chain(self.draft.altered.iter().flat_map(|draft| draft.created_indexes.iter().copied()));
        for index in created {
            let is_dropped = |table: &Table| {
                let drafts = self.draft.altered.iter();
                let mut dropped = drafts.filter(|draft| is(draft.wanted.name(), table.name()));
                dropped.any(|draft| draft.dropped_indexes.iter().any(|dropped| is(dropped.name(), index.name())))
            };
            let holders = self.found.tables().iter().filter(|table| table.index(index.name()).is_some());
            for holder in holders.filter(|table| !is_dropped(table)) {
                self.step.push(holder.name(), format!("DROP INDEX {}", quoted(index.name())));
                let (table, index) = (holder.name().to_owned(), index.name().to_owned());
                self.changes.push(Change::DropIndex { table, index });
            }
        }
    }

    fn create_tables(&mut self) {
        for table in &self.draft.created {
            self.step.push(table.name(), table.sql());
            self.changes.push(Change::CreateTable { table: table.name().to_owned() });
        }
    }

    fn alter(&mut self, draft: &TableDraft<'_>, must_rebuild: bool) -> Result<()> {
        if draft.is_same_table() {
            return Ok(());
        }
        let table = draft.wanted.name();
        for column in draft.dropped.iter().filter(|column| column.generated().is_none()) {
            self.step.losses.push(format!("{}.{}", word(table), word(column.name())));
        }
        let reasons = match alter::alterations(draft, self.hints) {
            Ok(_) if must_rebuild => vec!["ALTER TABLE cannot make this change".to_owned()],
            Ok(alterations) => {
                for (sql, change) in alterations {
                    self.step.push(table, sql);
                    self.changes.extend(change);
                }
                return Ok(());
            }
            Err(reasons) => reasons,
        };
        self.step.rebuilds.push(table.to_owned());
        let is_taken = |name: &str| {
            [self.wanted, self.found].iter().any(|schema| {
                let has_index = schema.tables().iter().any(|table| table.index(name).is_some());
                schema.table(name).is_some() || schema.view(name).is_some() || has_index
            })
        };
        for sql in rebuild::statements(draft, self.hints, is_taken)? {
            self.step.push(table, sql);
        }
        let table = || table.to_owned();
        for column in &draft.added {
            self.changes.push(Change::AddColumn { table: table(), column: column.name().to_owned() });
        }
        for column in &draft.dropped {
            self.changes.push(Change::DropColumn { table: table(), column: column.name().to_owned() });
        }
        self.changes.push(Change::Rebuild { table: table(), reasons });
        Ok(())
    }

    fn drop_tables(&mut self) {
        let is_gone = |name: &str| self.draft.dropped.iter().any(|table| is(table.name(), name));
        for (place, table) in self.draft.dropped.iter().enumerate() {
            // With foreign keys on, DROP TABLE deletes the rows first. That would delete or change
            // rows that refer to them, or fail because of such a row in the same table.
            let refers = |other: &Table| other.foreign_keys().iter().any(|key| is(key.table(), table.name()));
            let later = self.draft.dropped[place..].iter().any(|other| refers(other));
            let kept = self.found.tables().iter().any(|other| !is_gone(other.name()) && refers(other));
            self.step.foreign_keys_off |= later || kept;
            self.step.losses.push(word(table.name()));
            self.step.push(table.name(), format!("DROP TABLE {}", quoted(table.name())));
            self.changes.push(Change::DropTable { table: table.name().to_owned() });
        }
    }

    /// Creates the indexes, triggers and views that are new or change.
    fn create_dependents(&mut self) {
        let mut triggers = Vec::new();
        for table in &self.draft.created {
            for index in table.indexes() {
                self.step.push(table.name(), index.sql());
            }
            triggers.extend(table.triggers().iter().map(|trigger| (table.name(), trigger)));
        }
        for draft in &self.draft.altered {
            let table = draft.wanted.name();
            for index in &draft.created_indexes {
                self.step.push(table, index.sql());
                let (table, index) = (table.to_owned(), index.name().to_owned());
                self.changes.push(Change::CreateIndex { table, index });
            }
            triggers.extend(draft.created_triggers.iter().map(|trigger| (table, *trigger)));
        }
        for (wanted, _) in &self.draft.views {
            if let Some(view) = wanted {
                self.step.push(view.name(), view.sql());
                self.changes.push(Change::Create { kind: "view", name: view.name().to_owned() });
                triggers.extend(view.triggers().iter().map(|trigger| (view.name(), trigger)));
            }
        }
        for (table, trigger) in triggers {
            self.step.push(table, trigger.sql());
            self.changes.push(Change::Create { kind: "trigger", name: trigger.name().to_owned() });
        }
    }
}

/// Returns the views and foreign keys that worked before a step and are broken after it, one
/// sentence each.
pub(crate) fn broken(before: &Schema, after: &Schema) -> Vec<String> {
    let mut broken = Vec::new();
    for view in after.views() {
        let worked = before.view(view.name()).is_none_or(|view| view.error().is_none());
        if let Some(error) = view.error().filter(|_| worked) {
            broken.push(format!("the view `{}` no longer works: {error}", view.name()));
        }
    }
    for table in after.tables().iter().filter(|table| *table.kind() == TableKind::Ordinary) {
        for key in table.foreign_keys() {
            if after.table(key.table()).is_none() && before.table(key.table()).is_some() {
                let (table, columns) = (table.name(), key.columns().join(", "));
                broken
                    .push(format!("the foreign key ({columns}) of `{table}` refers to the dropped `{}`", key.table()));
            }
        }
    }
    broken
}
