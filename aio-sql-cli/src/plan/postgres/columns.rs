//! Changes of the columns of a table.

use aio_sql::inspect::{Auto, Column};

use super::conversion::lossless;
use super::definition::{column, generated_as_identity, nullable_column, typed};
use super::remade::is_regenerated;
use crate::error::{Error, Result};
use crate::plan::draft::TableDraft;
use crate::plan::name::{is, literal, quoted};
use crate::plan::{Change, Hints};

/// What happens to the columns of a table, as actions of ALTER TABLE and as whole statements.
#[derive(Debug, Default)]
pub(super) struct ColumnChanges {
    /// The actions that change the definitions, in their order.
    pub(super) actions: Vec<String>,
    /// The statements that give existing rows their values.
    pub(super) fills: Vec<String>,
    /// The actions that drop columns, which these statements may read before.
    pub(super) drops: Vec<String>,
    /// The columns that become NOT NULL when the rows have values.
    pub(super) not_null: Vec<String>,
    /// The statements that let the database number a column, which must be NOT NULL before.
    pub(super) numberings: Vec<String>,
    pub(super) changes: Vec<Change>,
    /// The columns whose values are lost.
    pub(super) lost: Vec<String>,
}

/// Plans the changes of the columns. `table` is the name of the table as SQL.
///
/// # Errors
/// Fails if the values of a column may not survive its conversion to another type, and no
/// attribute says how they are converted.
pub(super) fn changes(draft: &TableDraft<'_>, hints: &Hints, table: &str) -> Result<ColumnChanges> {
    let mut changes = ColumnChanges::default();
    let is_generated = |column: &&&Column| column.generated().is_some();
    let regenerated: Vec<_> = draft.changed.iter().filter(|pair| is_made_again(draft, pair)).collect();
    for (_, found) in &regenerated {
        changes.actions.push(format!("DROP COLUMN {}", quoted(found.name())));
    }
    // A generated column goes before the columns that it reads.
    let (generated, plain): (Vec<&&Column>, Vec<&&Column>) =
        draft.dropped.iter().partition(|column| is_generated(column));
    for column in generated.into_iter().chain(plain) {
        let drop = format!("DROP COLUMN {}", quoted(column.name()));
        if column.generated().is_some() { &mut changes.actions } else { &mut changes.drops }.push(drop);
        changes.changes.push(Change::DropColumn { table: of(draft), column: column.name().to_owned() });
        if column.generated().is_none() {
            changes.lost.push(column.name().to_owned());
        }
    }
    for (wanted, found) in draft.changed.iter().filter(|pair| !is_made_again(draft, pair)) {
        changes.change(draft, hints, table, wanted, found)?;
    }
    let (generated, plain): (Vec<&&Column>, Vec<&&Column>) =
        draft.added.iter().partition(|column| is_generated(column));
    for new in plain.into_iter().chain(generated) {
        changes.add(draft, hints, table, new);
    }
    for (wanted, _) in regenerated {
        changes.actions.push(format!("ADD COLUMN {}", column(wanted)));
        let what = "it is generated anew".to_owned();
        changes.changes.push(Change::ChangeColumn { table: of(draft), column: wanted.name().to_owned(), what });
    }
    Ok(changes)
}

fn of(draft: &TableDraft<'_>) -> String {
    draft.name.clone()
}

/// Returns whether a changed column is dropped and added: one that is generated, and reads a
/// column that gets another type, or gets another expression.
fn is_made_again(draft: &TableDraft<'_>, (wanted, found): &(&Column, &Column)) -> bool {
    let Some(generated) = found.generated() else { return is_regenerated(wanted, found) };
    let retyped = |(wanted, found): &&(&Column, &Column)| typed(wanted) != typed(found);
    let mut others = draft.changed.iter().filter(retyped).map(|(wanted, _)| wanted.name());
    is_regenerated(wanted, found) || others.any(|name| super::mentions(generated.expression(), name))
}

impl ColumnChanges {
    fn add(&mut self, draft: &TableDraft<'_>, hints: &Hints, table: &str, new: &Column) {
        let name = new.name();
        match hints.backfill(&draft.name, name) {
            Some(expression) if new.generated().is_none() => {
                self.actions.push(format!("ADD COLUMN {}", nullable_column(new)));
                self.fills.push(format!("UPDATE {table} SET {} = ({expression})", quoted(name)));
                if !new.is_nullable() {
                    self.not_null.push(name.to_owned());
                }
            }
            _ => self.actions.push(format!("ADD COLUMN {}", column(new))),
        }
        self.changes.push(Change::AddColumn { table: of(draft), column: name.to_owned() });
    }

    fn change(
        &mut self,
        draft: &TableDraft<'_>,
        hints: &Hints,
        table: &str,
        wanted: &Column,
        found: &Column,
    ) -> Result<()> {
        let name = quoted(wanted.name());
        let mut what = Vec::new();
        let alter = |action: &str| format!("ALTER COLUMN {name} {action}");
        let (is_numbered, was_numbered) = (wanted.auto() != Auto::No, found.auto() != Auto::No);
        if found.identity().is_some() && !is_numbered {
            self.actions.push(alter("DROP IDENTITY"));
            what.push("the database no longer numbers it".to_owned());
        }
        let is_retyped = typed(wanted) != typed(found);
        let has_default = found.default().is_some();
        if is_retyped {
            if has_default {
                // The old default need not be a value of the new type.
                self.actions.push(alter("DROP DEFAULT"));
            }
            let using = conversion(draft, hints, wanted, found)?;
            self.actions.push(alter(&format!("TYPE {}{using}", typed(wanted))));
            what.push(format!("{} in place of {}", typed(wanted), typed(found)));
        }
        let is_same_default = wanted.default() == found.default() || is_numbered && was_numbered;
        match wanted.default() {
            Some(default) if is_retyped || !is_same_default => {
                self.actions.push(alter(&format!("SET DEFAULT {default}")));
                what.extend((!is_same_default).then(|| format!("the default {default}")));
            }
            None if has_default && !is_retyped && !is_same_default => {
                self.actions.push(alter("DROP DEFAULT"));
                what.push("no default".to_owned());
            }
            _ => {}
        }
        let column = || wanted.name().to_owned();
        if wanted.is_nullable() && !found.is_nullable() {
            self.actions.push(alter("DROP NOT NULL"));
            self.changes.push(Change::DropNotNull { table: of(draft), column: column() });
        } else if !wanted.is_nullable() && found.is_nullable() {
            if let Some(expression) = hints.backfill(&draft.name, wanted.name()) {
                self.fills.push(format!("UPDATE {table} SET {name} = ({expression}) WHERE {name} IS NULL"));
            }
            self.not_null.push(column());
            self.changes.push(Change::SetNotNull { table: of(draft), column: column() });
        }
        match (wanted.identity(), found.identity()) {
            (Some(identity), None) if !was_numbered => {
                let kind = generated_as_identity(identity);
                self.numberings.push(format!("ALTER TABLE {table} {}", alter(&format!("ADD {kind}"))));
                // The first number is the one after the largest that is there.
                self.numberings.push(format!(
                    "SELECT setval(pg_get_serial_sequence({}, {}), coalesce(max({name}), 0) + 1, false) FROM {table}",
                    literal(table),
                    literal(wanted.name())
                ));
                what.push("the database numbers it".to_owned());
            }
            (Some(identity), Some(before)) if identity != before => {
                let kind = generated_as_identity(identity).trim_end_matches(" AS IDENTITY");
                self.actions.push(alter(&format!("SET {kind}")));
                what.push(generated_as_identity(identity).to_owned());
            }
            _ => {}
        }
        if !what.is_empty() {
            self.changes.push(Change::ChangeColumn { table: of(draft), column: column(), what: what.join(", ") });
        }
        Ok(())
    }
}

/// Returns the clause that converts the values of a column; empty if they stay as they are.
fn conversion(draft: &TableDraft<'_>, hints: &Hints, wanted: &Column, found: &Column) -> Result<String> {
    if is(wanted.declared_type(), found.declared_type()) {
        return Ok(String::new());
    }
    let (table, column) = (draft.name.as_str(), wanted.name());
    let given = || hints.backfill(table, column).map(|expression| format!("({expression})"));
    if let Some(expression) = lossless(found, wanted).or_else(given) {
        return Ok(format!(" USING {expression}"));
    }
    let (from, to) = (found.declared_type(), wanted.declared_type());
    let expression = format!("{}::{to}", quoted(column));
    let place = hints.place(table);
    Err(Error::new(format!("the type of `{table}.{column}` changes from {from} to {to}, which not every value survives"))
        .help(format!(
            "say how the values are converted at the field of `{table}.{column}`{place}, for example `#[column(backfill = sql({expression:?}))]`"
        ))
        .help("or give it another type by a step of your own: `aio-sql migrate new 'convert'`".to_owned()))
}
