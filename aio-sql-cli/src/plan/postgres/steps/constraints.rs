//! Keys, checks, NOT NULL and indexes, which read the rows of their tables.

use aio_sql::inspect::{ForeignKey, PrimaryKey};

use super::Writer;
use crate::plan::draft::TableDraft;
use crate::plan::name::{is, list, quoted};
use crate::plan::postgres::columns::ColumnChanges;
use crate::plan::postgres::definition::{check, constraint, deferral, exclusion, key_index, nulls};
use crate::plan::postgres::remade::changes_primary_key;
use crate::plan::{Change, Step};

impl<'a> Writer<'a> {
    /// Returns whether a foreign key refers to a key that a table gets only after its index.
    pub(super) fn waits_for_key(&self, key: &ForeignKey) -> bool {
        let is_target = |columns: Vec<&str>| {
            columns.len() == key.targets().len()
                && key.targets().iter().all(|target| columns.contains(&target.as_str()))
        };
        let parent = self.parent(key);
        let mut tables = self.draft.altered.iter().filter(|altered| is(&altered.name, &parent));
        tables.any(|altered| {
            let primary = altered.wanted.primary_key().filter(|_| changes_primary_key(altered));
            altered.added_uniques.iter().any(|unique| is_target(unique.columns()))
                || primary.is_some_and(|primary| is_target(primary.columns()))
                || altered.created_indexes.iter().any(|index| index.is_unique() && is_target(index.columns()))
        })
    }

    /// Adds constraints that existing rows satisfy, too, which is checked later.
    pub(super) fn add_checks(&mut self, altered: &TableDraft<'_>) {
        let table = altered.name.as_str();
        for condition in &altered.added_checks {
            let name = condition.name().unwrap_or_default();
            let add =
                self.alter(altered, &format!("ADD {} NOT VALID", constraint(condition.name(), &check(condition))));
            self.constraints().push(table, add);
            let validate = self.alter(altered, &format!("VALIDATE CONSTRAINT {}", quoted(name)));
            self.validate.push(table, validate);
            self.changes.push(Change::AddCheck { table: table.to_owned(), check: name.to_owned() });
        }
        for one in &altered.added_exclusions {
            let add = self.alter(altered, &format!("ADD {}", constraint(Some(one.name()), &exclusion(one))));
            self.constraints().push(table, add);
            let what = format!("exclusion `{}`", one.name());
            self.changes.push(Change::AddConstraint { table: table.to_owned(), what });
        }
        for column in self.columns_of(altered).0 {
            let name = quoted(&not_null_name(altered.wanted.name(), &column));
            let condition = format!("CHECK ({} IS NOT NULL) NOT VALID", quoted(&column));
            let add = self.alter(altered, &format!("ADD CONSTRAINT {name} {condition}"));
            self.constraints().push(table, add);
        }
    }

    /// Returns the columns that become NOT NULL in two parts, and the statements that let the
    /// database number columns.
    fn columns_of(&self, altered: &TableDraft<'_>) -> (Vec<String>, Vec<String>) {
        let mut of_table = self.columns.iter().filter(|(table, _)| is(table, &altered.name));
        let lists = |(_, changes): &(String, ColumnChanges)| (changes.not_null.clone(), changes.numberings.clone());
        of_table.next().map(lists).unwrap_or_default()
    }

    /// Adds primary keys and UNIQUE constraints, for which an index is created beforehand, while
    /// programs go on writing to the table.
    pub(super) fn add_keys(&mut self, altered: &TableDraft<'_>) {
        let table = altered.name.as_str();
        let primary = altered.wanted.primary_key().filter(|_| changes_primary_key(altered));
        let primary = primary.map(|key: &PrimaryKey| {
            let end = key_index(key.columns(), key.included(), "");
            let deferral = deferral(key.is_deferrable(), key.is_deferred());
            (key.name(), "PRIMARY KEY", "primary key", key.columns(), end, deferral)
        });
        let uniques = altered.added_uniques.iter().map(|key| {
            let end = key_index(key.columns(), key.included(), nulls(key));
            let deferral = deferral(key.is_deferrable(), key.is_deferred());
            (key.name(), "UNIQUE", "UNIQUE", key.columns(), end, deferral)
        });
        for (name, kind, called, columns, end, deferral) in primary.into_iter().chain(uniques) {
            let name = quoted(name.unwrap_or_default());
            if altered.found.partition_key().is_some() {
                let add =
                    self.alter(altered, &format!("ADD CONSTRAINT {name} {kind} ({}){deferral}", list(columns.clone())));
                self.keys.push(table, add);
            } else {
                let of = self.definition.table_name(altered.found);
                self.create_concurrently(table, format!("CREATE UNIQUE INDEX CONCURRENTLY {name} ON {of} {end}"));
                let add = self.alter(altered, &format!("ADD CONSTRAINT {name} {kind} USING INDEX {name}{deferral}"));
                self.keys.push(table, add);
            }
            let what = format!("{called} ({})", columns.join(", "));
            self.changes.push(Change::AddConstraint { table: table.to_owned(), what });
        }
    }

    pub(super) fn create_indexes(&mut self, altered: &TableDraft<'_>) {
        let table = altered.name.as_str();
        for index in &altered.created_indexes {
            let is_partitioned = altered.found.partition_key().is_some();
            let (schema, name) = (altered.found.schema(), altered.found.name());
            let sql = self.definition.index(schema, name, index, !is_partitioned);
            if is_partitioned {
                self.keys.push(table, sql);
            } else {
                self.create_concurrently(table, sql);
            }
            let (table, index) = (table.to_owned(), index.name().to_owned());
            self.changes.push(Change::CreateIndex { table, index });
        }
    }

    fn create_concurrently(&mut self, table: &str, sql: String) {
        let mut step = Step { part: "index", no_transaction: true, ..Step::default() };
        step.push(table, sql);
        self.indexes.push(step);
    }

    pub(super) fn add_foreign_keys(&mut self) {
        for (table, key) in std::mem::take(&mut self.late_keys) {
            let definition = constraint(key.name(), &self.definition.foreign_key(key));
            let sql = format!("ALTER TABLE {} ADD {definition}", self.definition.table_name(table));
            let full = self.full(table);
            let step = if self.waits_for_key(key) { &mut self.keys } else { &mut self.main };
            step.push(&full, sql);
        }
        for altered in &self.draft.altered {
            let table = altered.name.as_str();
            for key in &altered.added_keys {
                let is_partitioned = altered.found.partition_key().is_some();
                let not_valid = if is_partitioned { "" } else { " NOT VALID" };
                let definition = constraint(key.name(), &self.definition.foreign_key(key));
                let add = self.alter(altered, &format!("ADD {definition}{not_valid}"));
                let waits = self.waits_for_key(key);
                let step = if waits { &mut self.keys } else { self.constraints() };
                step.push(table, add);
                if !is_partitioned {
                    let name = quoted(key.name().unwrap_or_default());
                    let validate = self.alter(altered, &format!("VALIDATE CONSTRAINT {name}"));
                    self.validate.push(table, validate);
                }
                let what = format!("foreign key ({})", key.columns().join(", "));
                self.changes.push(Change::AddConstraint { table: table.to_owned(), what });
            }
        }
    }

    /// Sets NOT NULL after a check has read the rows, so that this need not read them while
    /// nobody else can use the table.
    pub(super) fn set_not_null(&mut self, altered: &TableDraft<'_>) {
        let table = altered.name.as_str();
        let (not_null, numberings) = self.columns_of(altered);
        for column in &not_null {
            let name = quoted(&not_null_name(altered.wanted.name(), column));
            let actions = [
                format!("VALIDATE CONSTRAINT {name}"),
                format!("ALTER COLUMN {} SET NOT NULL", quoted(column)),
                format!("DROP CONSTRAINT {name}"),
            ];
            for action in actions {
                let sql = self.alter(altered, &action);
                self.validate.push(table, sql);
            }
        }
        let step = if not_null.is_empty() { &mut self.main } else { &mut self.validate };
        numberings.into_iter().for_each(|sql| step.push(table, sql));
    }
}

/// Returns the name of the check by which a column becomes NOT NULL. A longer one would be cut
/// off, and so be that of other columns, too.
fn not_null_name(table: &str, column: &str) -> String {
    let name = format!("nn_{table}_{column}");
    if name.len() <= 63 { name } else { format!("nn_{}", crate::steps::hash(&name)) }
}
