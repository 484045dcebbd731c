//! Changes of a table by ALTER TABLE.

use aio_sql::inspect::{Check, Column, Table};

use super::column::{check_constraint, definition, is_constant};
use super::never_null::is_never_null;
use crate::plan::draft::TableDraft;
use crate::plan::name::{is, quoted};
use crate::plan::{Change, Hints};

/// A statement, and the change of the schema that it makes; `None` if it changes only rows.
type Alteration = (String, Option<Change>);

/// Returns the statements that change a table without rebuilding it.
///
/// # Errors
/// Returns the reasons why the table must be rebuilt.
pub(super) fn alterations(draft: &TableDraft<'_>, hints: &Hints) -> Result<Vec<Alteration>, Vec<String>> {
    let mut alterations = Alterations { draft, hints, done: Vec::new(), reasons: draft.rest.clone() };
    alterations.check_keys();
    alterations.drop_checks();
    alterations.drop_columns();
    alterations.add_columns();
    alterations.change_columns();
    alterations.add_checks();
    if alterations.reasons.is_empty() { Ok(alterations.done) } else { Err(alterations.reasons) }
}

struct Alterations<'a> {
    draft: &'a TableDraft<'a>,
    hints: &'a Hints,
    done: Vec<Alteration>,
    reasons: Vec<String>,
}

impl Alterations<'_> {
    fn table(&self) -> String {
        self.draft.wanted.name().to_owned()
    }

    fn alter(&mut self, action: String, change: Option<Change>) {
        self.done.push((format!("ALTER TABLE {} {action}", quoted(self.draft.wanted.name())), change));
    }

    fn check_keys(&mut self) {
        let TableDraft { wanted, found, added_keys, dropped_keys, .. } = self.draft;
        let key = |table: &Table| {
            let columns = table.primary_key().map(|key| key.columns()).unwrap_or_default();
            columns.iter().map(|column| column.to_ascii_lowercase()).collect::<Vec<_>>()
        };
        if key(wanted) != key(found) {
            self.reasons.push("its primary key changes".to_owned());
        }
        for key in added_keys {
            let is_inline = key.columns().len() == 1 && self.is_added(&key.columns()[0]);
            if !is_inline {
                self.reasons.push(format!("the foreign key ({}) is new", key.columns().join(", ")));
            }
        }
        for key in dropped_keys {
            let goes_along = key.columns().len() == 1 && self.is_dropped(&key.columns()[0]);
            if !goes_along {
                self.reasons.push(format!("the foreign key ({}) is gone", key.columns().join(", ")));
            }
        }
    }

    fn is_added(&self, column: &str) -> bool {
        self.draft.added.iter().any(|added| is(added.name(), column))
    }

    fn is_dropped(&self, column: &str) -> bool {
        self.draft.dropped.iter().any(|dropped| is(dropped.name(), column))
    }

    fn drop_checks(&mut self) {
        for check in &self.draft.dropped_checks {
            match check.name() {
                // If several constraints have the name, DROP CONSTRAINT could drop another one.
                Some(name) if constraint_names(self.draft.found).filter(|other| is(other, name)).count() == 1 => {
                    let change = Change::DropCheck { table: self.table(), check: name.to_owned() };
                    self.alter(format!("DROP CONSTRAINT {}", quoted(name)), Some(change));
                }
                None if check.column().is_some_and(|column| self.is_dropped(column)) => {}
                _ => self.reasons.push(format!("the check ({}) is gone", check.expression())),
            }
        }
    }

    fn drop_columns(&mut self) {
        for column in &self.draft.dropped {
            let change = Change::DropColumn { table: self.table(), column: column.name().to_owned() };
            self.alter(format!("DROP COLUMN {}", quoted(column.name())), Some(change));
        }
    }

    fn add_columns(&mut self) {
        let TableDraft { wanted, added, added_checks, added_keys, .. } = self.draft;
        for column in added {
            let name = column.name();
            let is_stored = column.generated().is_some_and(|generated| generated.is_stored());
            let is_numbered = super::column::is_rowid(wanted, name);
            let has_changing_default = column.default().is_some_and(|default| !is_constant(default));
            if self.hints.backfill(wanted.name(), name).is_some() {
                self.reasons.push(format!("the values of the new column `{name}` are calculated"));
            } else if is_stored || is_numbered || has_changing_default {
                self.reasons.push(format!("ADD COLUMN cannot add the column `{name}`"));
            }
            let checks: Vec<&Check> = added_checks.iter().copied().filter(|check| is_of(check, column)).collect();
            let own_key =
                |key: &&&aio_sql::inspect::ForeignKey| key.columns().len() == 1 && is(&key.columns()[0], name);
            let mut keys = added_keys.iter().filter(own_key);
            let (key, more) = (keys.next(), keys.next());
            if more.is_some() || key.is_some() && column.default().is_some() {
                self.reasons.push(format!("ADD COLUMN cannot add the foreign key of the column `{name}`"));
            }
            let change = Change::AddColumn { table: self.table(), column: name.to_owned() };
            let definition = definition(column, &checks, key.copied());
            self.alter(format!("ADD COLUMN {definition}"), Some(change));
        }
    }

    fn change_columns(&mut self) {
        let TableDraft { wanted: table, found, changed, .. } = self.draft;
        for (wanted, before) in changed {
            let name = wanted.name();
            if !differ_in_nullability_alone(wanted, before) {
                self.reasons.push(format!("the column `{name}` changes"));
                continue;
            }
            let column = || name.to_owned();
            if wanted.is_nullable() {
                let change = Change::DropNotNull { table: self.table(), column: column() };
                self.alter(format!("ALTER COLUMN {} DROP NOT NULL", quoted(name)), Some(change));
                continue;
            }
            if let Some(expression) = self.hints.backfill(table.name(), name) {
                if !found.triggers().is_empty() {
                    self.reasons.push(format!("values of the column `{name}` are calculated without its triggers"));
                }
                let (table, column) = (quoted(table.name()), quoted(name));
                self.done.push((format!("UPDATE {table} SET {column} = ({expression}) WHERE {column} IS NULL"), None));
            }
            let change = Change::SetNotNull { table: self.table(), column: column() };
            self.alter(format!("ALTER COLUMN {} SET NOT NULL", quoted(name)), Some(change));
        }
    }

    fn add_checks(&mut self) {
        let TableDraft { wanted, found, added, added_checks, dropped_checks, .. } = self.draft;
        for check in added_checks {
            if added.iter().any(|column| is_of(check, column)) {
                continue;
            }
            let Some(name) = check.name() else {
                self.reasons.push(format!("the check ({}) is new", check.expression()));
                continue;
            };
            let is_dropped =
                |name: &str| dropped_checks.iter().filter_map(|check| check.name()).any(|old| is(old, name));
            let is_taken = constraint_names(found).any(|other| is(other, name)) && !is_dropped(name);
            if is_taken || !is_never_null(check.expression(), wanted) {
                self.reasons.push(format!("the check `{name}` is new, and may be NULL for some rows"));
            }
            let change = Change::AddCheck { table: self.table(), check: name.to_owned() };
            self.alter(format!("ADD {}", check_constraint(check)), Some(change));
        }
    }
}

fn is_of(check: &Check, column: &Column) -> bool {
    check.column().is_some_and(|name| is(name, column.name()))
}

/// Returns the names of the constraints of a table.
fn constraint_names(table: &Table) -> impl Iterator<Item = &str> {
    let key = table.primary_key().and_then(|key| key.name()).into_iter();
    let uniques = table.uniques().iter().filter_map(|unique| unique.name());
    let checks = table.checks().iter().filter_map(Check::name);
    let keys = table.foreign_keys().iter().filter_map(|key| key.name());
    key.chain(uniques).chain(checks).chain(keys)
}

fn differ_in_nullability_alone(wanted: &Column, found: &Column) -> bool {
    let generated = |column: &Column| {
        column.generated().map(|generated| (generated.expression().to_owned(), generated.is_stored()))
    };
    let collation = |column: &Column| column.collation().map(str::to_ascii_lowercase);
    wanted.is_nullable() != found.is_nullable()
        && wanted.type_class() == found.type_class()
        && wanted.default() == found.default()
        && wanted.auto() == found.auto()
        && collation(wanted) == collation(found)
        && generated(wanted) == generated(found)
}
