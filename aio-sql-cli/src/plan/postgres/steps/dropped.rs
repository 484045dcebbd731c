//! What is dropped before the changes.

use aio_sql::inspect::{Index, Schema, Table, View};

use super::Writer;
use crate::plan::draft::TableDraft;
use crate::plan::name::{is, quoted};
use crate::plan::postgres::creation::in_order;
use crate::plan::postgres::remade::changes_primary_key;
use crate::plan::postgres::schemas;
use crate::plan::{Change, Owned};

impl<'a> Writer<'a> {
    /// Drops what depends on the parts that change, and the constraints and indexes that are gone.
    pub(super) fn drop_dependents(&mut self) {
        let draft = self.draft;
        let views: Vec<View> = draft.views.iter().filter_map(|(_, found)| found.cloned()).collect();
        for view in in_order(&views).into_iter().rev() {
            let name = self.definition.naming.of_view(view);
            self.main.push(&name, self.definition.drop_view(view));
            self.changes.push(Change::Drop { kind: "view", name });
        }
        for altered in &draft.altered {
            let table = altered.name.as_str();
            for trigger in &altered.dropped_triggers {
                let of = self.definition.table_name(altered.found);
                self.main.push(table, format!("DROP TRIGGER {} ON {of}", quoted(trigger.name())));
                self.changes.push(Change::Drop { kind: "trigger", name: trigger.name().to_owned() });
            }
            for key in &altered.dropped_keys {
                self.drop_constraint(altered, key.name());
                let what = format!("foreign key ({})", key.columns().join(", "));
                self.changes.push(Change::DropConstraint { table: table.to_owned(), what });
            }
        }
        for altered in &draft.altered {
            let table = || altered.name.clone();
            for index in &altered.dropped_indexes {
                self.drop_index(altered.found, index);
            }
            for check in &altered.dropped_checks {
                self.drop_constraint(altered, check.name());
                let check = check.name().unwrap_or(check.expression()).to_owned();
                self.changes.push(Change::DropCheck { table: table(), check });
            }
            for key in &altered.dropped_uniques {
                self.drop_constraint(altered, key.name());
                let what = format!("UNIQUE ({})", key.columns().join(", "));
                self.changes.push(Change::DropConstraint { table: table(), what });
            }
            for exclusion in &altered.dropped_exclusions {
                self.drop_constraint(altered, Some(exclusion.name()));
                let what = format!("exclusion `{}`", exclusion.name());
                self.changes.push(Change::DropConstraint { table: table(), what });
            }
            if let Some(key) = altered.found.primary_key().filter(|_| changes_primary_key(altered)) {
                self.drop_constraint(altered, key.name());
                let what = format!("primary key ({})", key.columns().join(", "));
                self.changes.push(Change::DropConstraint { table: table(), what });
            }
        }
        // The names of indexes are unique in the whole schema, so an index of another table that
        // has the name of a new one is dropped, too.
        let naming = self.definition.naming;
        let created = draft.created.iter().map(|table| (table.schema(), table.indexes().iter().collect()));
        let altered = draft.altered.iter();
        let created = created.chain(altered.map(|altered| (altered.wanted.schema(), altered.created_indexes.clone())));
        let created: Vec<(&str, Vec<&Index>)> = created.collect();
        let each = created.iter().flat_map(|(schema, indexes)| indexes.iter().map(move |index| (*schema, index)));
        for (schema, index) in each {
            let has_name =
                |table: &&Table| naming.is_same_schema(table.schema(), schema) && table.index(index.name()).is_some();
            for holder in self.found.tables().iter().filter(has_name) {
                let name = self.full(holder);
                let is_listed = |list: &[&Index]| list.iter().any(|listed| listed.name() == index.name());
                let altered = draft.altered.iter().find(|altered| is(&altered.name, &name));
                let is_dropped = altered.is_some_and(|altered| is_listed(&altered.dropped_indexes));
                let is_gone = draft.dropped.iter().any(|table| is(&self.full(table), &name));
                if let Some(old) = holder.index(index.name()).filter(|_| !is_dropped && !is_gone) {
                    self.drop_index(holder, old);
                }
            }
        }
    }

    fn drop_constraint(&mut self, altered: &TableDraft<'_>, name: Option<&str>) {
        let sql = self.alter(altered, &format!("DROP CONSTRAINT {}", quoted(name.unwrap_or_default())));
        self.main.push(&altered.name, sql);
    }

    fn drop_index(&mut self, table: &Table, index: &Index) {
        let name = self.definition.name(table.schema(), index.name());
        let (table, index) = (self.full(table), index.name().to_owned());
        self.main.push(&table, format!("DROP INDEX {name}"));
        self.changes.push(Change::DropIndex { table, index });
    }

    /// Drops all tables by one statement, because they may refer to each other.
    pub(super) fn drop_tables(&mut self) {
        let tables = &self.draft.dropped;
        let Some(first) = tables.first() else { return };
        let names: Vec<_> = tables.iter().map(|table| self.definition.table_name(table)).collect();
        let first = self.full(first);
        self.main.push(&first, format!("DROP TABLE {}", names.join(", ")));
        for table in tables {
            self.main.losses.push(self.definition.naming.in_directive(table.schema(), table.name()));
            let table = self.full(table);
            self.changes.push(Change::DropTable { table });
        }
    }

    /// Drops the schemas that are gone. The server refuses that if something is left in one.
    pub(super) fn drop_schemas(&mut self, wanted: &Schema, owned: &Owned) {
        for name in schemas::dropped(wanted, self.found, owned) {
            self.main.push(name, format!("DROP SCHEMA {}", quoted(name)));
            self.changes.push(Change::Drop { kind: "schema", name: name.clone() });
        }
    }
}
