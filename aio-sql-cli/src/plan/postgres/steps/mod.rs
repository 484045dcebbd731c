//! Writes the steps of a change.

mod constraints;
mod dropped;
mod tables;
mod types;
mod views;

use aio_sql::inspect::{Auto, Column, ForeignKey, Schema, Table};
pub(crate) use views::KEPT;

use super::collation::nocase;
use super::columns::ColumnChanges;
use super::definition::Definition;
use crate::error::{Error, Result};
use crate::plan::draft::{Draft, TableDraft};
use crate::plan::name::Naming;
use crate::plan::{Change, Hints, Owned, Step};

/// Returns the steps that end the differences, of which some may be empty, and what they change.
///
/// # Errors
/// Fails if a new column needs values that nothing provides, if a conversion might lose values,
/// and if there is a difference that no step can end.
pub(super) fn steps(
    wanted: &Schema,
    found: &Schema,
    draft: &Draft<'_>,
    hints: &Hints,
    owned: &Owned,
) -> Result<(Vec<Step>, Vec<Change>)> {
    draft.check_values(hints, |_, column| column.auto() != Auto::No)?;
    for altered in &draft.altered {
        if let Some(difference) = altered.unlisted.first() {
            let error = Error::new(format!("in `{}`, {difference}", altered.name));
            return Err(error.help("no step can be planned for this: write one by `aio-sql migrate new`"));
        }
    }
    let mut writer = Writer::new(wanted, found, draft);
    writer.keep_of_views();
    writer.drop_dependents();
    writer.drop_tables();
    writer.create_collation();
    writer.create_types()?;
    for altered in &draft.altered {
        writer.change_columns(altered, hints)?;
    }
    writer.create_tables();
    writer.give_sequences_to_columns();
    for altered in &draft.altered {
        writer.add_checks(altered);
        writer.add_keys(altered);
        writer.create_indexes(altered);
    }
    writer.add_foreign_keys();
    for altered in &draft.altered {
        writer.set_not_null(altered);
    }
    writer.create_dependents();
    writer.comment(wanted, owned);
    writer.drop_types();
    writer.drop_schemas(wanted, owned);
    Ok(writer.finish())
}

struct Writer<'a> {
    definition: Definition<'a>,
    found: &'a Schema,
    draft: &'a Draft<'a>,
    /// The columns of each table, in the order of the drafts.
    columns: Vec<(String, ColumnChanges)>,
    /// The changes of the definitions.
    main: Step,
    /// The values of new columns.
    values: Step,
    indexes: Vec<Step>,
    /// The foreign keys of new tables whose own tables or keys were not there before.
    late_keys: Vec<(&'a Table, &'a ForeignKey)>,
    /// The keys that take an index as theirs, and the foreign keys to them.
    keys: Step,
    /// The checks of existing rows.
    validate: Step,
    changes: Vec<Change>,
}

impl<'a> Writer<'a> {
    fn new(wanted: &'a Schema, found: &'a Schema, draft: &'a Draft<'a>) -> Writer<'a> {
        Writer {
            definition: Definition { naming: Naming::between(wanted, found) },
            found,
            draft,
            columns: Vec::new(),
            main: Step::default(),
            values: Step { part: "values", ..Step::default() },
            indexes: Vec::new(),
            late_keys: Vec::new(),
            keys: Step { part: "keys", ..Step::default() },
            validate: Step { part: "validate", ..Step::default() },
            changes: Vec::new(),
        }
    }

    fn finish(mut self) -> (Vec<Step>, Vec<Change>) {
        // While the rows are read, no table is locked by a statement that has set NOT NULL before.
        self.validate.statements.sort_by_key(|statement| !statement.sql.contains(" VALIDATE CONSTRAINT "));
        let steps = [self.main, self.values].into_iter().chain(self.indexes).chain([self.keys, self.validate]);
        (steps.collect(), self.changes)
    }

    /// Returns the step for constraints that only new rows have to satisfy: they lock the table
    /// for a moment, which must not be before its rows get their values.
    fn constraints(&mut self) -> &mut Step {
        let is_filled = self.columns.iter().any(|(_, changes)| !changes.fills.is_empty());
        if is_filled { &mut self.values } else { &mut self.main }
    }

    fn alter(&self, draft: &TableDraft<'_>, action: &str) -> String {
        format!("ALTER TABLE {} {action}", self.definition.table_name(draft.found))
    }

    /// Returns the full name of a table.
    fn full(&self, table: &Table) -> String {
        self.definition.naming.of_table(table)
    }

    /// Returns the full name of the table to which a foreign key refers.
    fn parent(&self, key: &ForeignKey) -> String {
        self.definition.naming.full(key.schema(), key.table())
    }

    /// Creates the collation of the library, if a column is the first to have it.
    fn create_collation(&mut self) {
        let nocase = nocase();
        let uses = |column: &Column| column.collation() == Some(&*nocase.name);
        let mut tables = self.draft.created.iter().chain(self.draft.altered.iter().map(|altered| &altered.wanted));
        let is_needed = tables.any(|table| table.columns().iter().any(uses));
        let is_there = self.found.tables().iter().any(|table| table.columns().iter().any(uses));
        if is_needed && !is_there {
            self.main.push("", &nocase.sql);
        }
    }
}
