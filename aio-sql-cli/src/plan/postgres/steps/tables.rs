//! Tables, their columns and their comments.

use std::collections::BTreeSet;

use aio_sql::inspect::{Column, ForeignKey, Schema, Table, Trigger};

use super::Writer;
use crate::error::Result;
use crate::plan::draft::TableDraft;
use crate::plan::name::{is, quoted, word};
use crate::plan::postgres::columns;
use crate::plan::postgres::definition::{comment_on, no_comment_on};
use crate::plan::{Change, Hints, Owned};

impl<'a> Writer<'a> {
    pub(super) fn change_columns(&mut self, altered: &'a TableDraft<'a>, hints: &Hints) -> Result<()> {
        let table = self.definition.table_name(altered.found);
        let mut changes = columns::changes(altered, hints, &table)?;
        let name = altered.name.as_str();
        for action in &changes.actions {
            self.main.push(name, format!("ALTER TABLE {table} {action}"));
        }
        // The values of existing rows are calculated without the triggers, which are for changes
        // by programs.
        let is_dropped = |name: &str| altered.dropped_triggers.iter().any(|dropped| dropped.name() == name);
        let kept = altered.found.triggers().iter().filter(|trigger| !is_dropped(trigger.name()));
        let triggers = kept.chain(altered.created_triggers.iter().copied()).map(Trigger::name);
        let triggers: Vec<&str> = if changes.fills.is_empty() { Vec::new() } else { triggers.collect() };
        for trigger in &triggers {
            self.values.push(name, format!("ALTER TABLE {table} DISABLE TRIGGER {}", quoted(trigger)));
        }
        for fill in &changes.fills {
            self.values.push(name, fill);
        }
        let is_deferred = |key: &ForeignKey| key.is_deferrable();
        if !changes.fills.is_empty() && self.found.tables().iter().flat_map(Table::foreign_keys).any(is_deferred) {
            // A table with checks that wait for the commit cannot be altered.
            self.values.push(name, "SET CONSTRAINTS ALL IMMEDIATE");
        }
        for trigger in &triggers {
            self.values.push(name, format!("ALTER TABLE {table} ENABLE TRIGGER {}", quoted(trigger)));
        }
        let step = if changes.fills.is_empty() { &mut self.main } else { &mut self.values };
        for action in &changes.drops {
            step.push(name, format!("ALTER TABLE {table} {action}"));
        }
        let lost = self.definition.naming.in_directive(altered.wanted.schema(), altered.wanted.name());
        step.losses.extend(changes.lost.iter().map(|column| format!("{lost}.{}", word(column))));
        self.changes.append(&mut changes.changes);
        self.columns.push((name.to_owned(), changes));
        Ok(())
    }

    /// Creates tables with their indexes and those foreign keys whose tables are there already.
    pub(super) fn create_tables(&mut self) {
        let draft = self.draft;
        let created: Vec<String> = draft.created.iter().map(|table| self.full(table)).collect();
        let is_new = |name: &str| created.iter().any(|table| is(table, name));
        let mut made: BTreeSet<&str> = BTreeSet::new();
        for (table, name) in draft.created.iter().zip(&created) {
            made.insert(name);
            let is_later = |key: &ForeignKey| {
                let parent = self.parent(key);
                is_new(&parent) && !made.contains(&*parent) || self.waits_for_key(key)
            };
            let late: Vec<&ForeignKey> = table.foreign_keys().iter().filter(|key| is_later(key)).collect();
            let sql = self.definition.table(table, is_later);
            self.late_keys.extend(late.into_iter().map(|key| (*table, key)));
            self.main.push(name, sql);
            for index in table.indexes() {
                let sql = self.definition.index(table.schema(), table.name(), index, false);
                self.main.push(name, sql);
            }
            for sql in self.definition.comments(table) {
                self.main.push(name, sql);
            }
            self.changes.push(Change::CreateTable { table: name.clone() });
        }
    }

    /// Sets the comments of the structs on tables that stay and on their columns. A comment that
    /// no struct has stays, unless the two schemas have to be equal.
    pub(super) fn comment(&mut self, wanted: &Schema, owned: &Owned) {
        for table in wanted.tables() {
            let full = self.full(table);
            let Some(found) = self.definition.naming.table(self.found, &full) else { continue };
            let name = self.definition.table_name(found);
            if let Some(text) = table.comment().filter(|text| found.comment() != Some(text)) {
                self.main.push(&full, comment_on(&format!("TABLE {name}"), text));
                self.changes.push(Change::Comment { on: full.clone() });
            }
            let must_be_equal = owned.has_schema(found.schema());
            if must_be_equal && table.comment().is_none() && found.comment().is_some() {
                self.main.push(&full, no_comment_on(&format!("TABLE {name}")));
                self.changes.push(Change::Comment { on: full.clone() });
            }
            let altered = self.draft.altered.iter().find(|altered| is(&altered.name, &full));
            for column in table.columns() {
                let before = found.column(column.name());
                let is_changed = altered
                    .is_some_and(|altered| altered.changed.iter().any(|(wanted, _)| wanted.name() == column.name()));
                // A generated column that was dropped and added has lost its comment.
                let is_lost = is_changed && before.is_some_and(|before| before.generated().is_some());
                let kept = before.and_then(Column::comment);
                let text = column.comment().or(kept.filter(|_| is_lost && !must_be_equal));
                if must_be_equal && text.is_none() && kept.is_some() && !is_lost {
                    let on = format!("{name}.{}", quoted(column.name()));
                    self.main.push(&full, no_comment_on(&format!("COLUMN {on}")));
                    self.changes.push(Change::Comment { on: format!("{full}.{}", column.name()) });
                }
                if let Some(text) = text.filter(|text| is_lost || kept != Some(text)) {
                    let on = format!("COLUMN {name}.{}", quoted(column.name()));
                    self.main.push(&full, comment_on(&on, text));
                    let on = format!("{full}.{}", column.name());
                    self.changes.push(Change::Comment { on });
                }
            }
        }
    }
}
