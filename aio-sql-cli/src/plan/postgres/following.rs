//! The constraints and indexes whose names follow from those of renamed tables and columns.

use aio_sql::inspect::{Index, IndexPart, Schema, Table};

use super::definition::Definition;
use crate::plan::name::{Naming, is, quoted};
use crate::plan::renames::Renames;
use crate::plan::{Change, Owned, Step};

/// Returns the step that gives the constraints and indexes of a schema the names that they have in
/// the wanted one, and what it changes.
///
/// Indexes are renamed wherever only their names differ; constraints, whose names are not compared
/// otherwise, in tables that were renamed or have a renamed column.
pub(super) fn step(wanted: &Schema, found: &Schema, renames: &Renames, owned: &Owned) -> (Step, Vec<Change>) {
    let (mut step, mut changes) = (Step::default(), Vec::new());
    let naming = Naming::between(wanted, found);
    let definition = Definition { naming };
    for table in wanted.tables() {
        let full = naming.of_table(table);
        let Some(before) = naming.table(found, &full) else { continue };
        let is_taken = |name: &str| {
            let mut beside = found.tables().iter().filter(|other| other.schema() == before.schema());
            beside.any(|table| indexes_of(table).any(|index| index == name))
        };
        let name = definition.table_name(before);
        let is_renamed = renames.tables.iter().any(|rename| is(&rename.to, &full))
            || renames.columns.iter().any(|rename| is(&rename.table, &full));
        let pairs = if is_renamed { constraints(table, before) } else { Vec::new() };
        for (from, to) in pairs {
            step.push(&full, format!("ALTER TABLE {name} RENAME CONSTRAINT {} TO {}", quoted(from), quoted(to)));
            changes.push(Change::Rename { kind: "constraint", from: from.to_owned(), to: to.to_owned() });
        }
        let is_gone = |index: &&Index| {
            table.index(index.name()).is_none() && owned.has_index(naming, before.schema(), index.name())
        };
        let mut gone: Vec<&Index> = before.indexes().iter().filter(is_gone).collect();
        for index in table.indexes().iter().filter(|index| before.index(index.name()).is_none()) {
            let Some(place) = gone.iter().position(|old| is_same(old, index)) else { continue };
            if is_taken(index.name()) {
                continue;
            }
            let (from, to) = (gone.remove(place).name(), index.name());
            let old = definition.name(before.schema(), from);
            step.push(&full, format!("ALTER INDEX {old} RENAME TO {}", quoted(to)));
            changes.push(Change::Rename { kind: "index", from: from.to_owned(), to: to.to_owned() });
        }
    }
    (step, changes)
}

/// Returns the names of all indexes of a table, also of those of constraints.
fn indexes_of(table: &Table) -> impl Iterator<Item = &str> {
    let keys = table.primary_key().and_then(|key| key.name()).into_iter();
    let keys = keys.chain(table.uniques().iter().filter_map(|key| key.name()));
    keys.chain(table.indexes().iter().map(Index::name))
}

fn is_same(one: &Index, other: &Index) -> bool {
    one.is_unique() == other.is_unique()
        && one.parts() == other.parts()
        && one.condition() == other.condition()
        && one.method() == other.method()
        && one.included() == other.included()
        && one.has_distinct_nulls() == other.has_distinct_nulls()
}

/// Returns the names of the constraints that are equal apart from their names, found and wanted.
fn constraints<'a>(wanted: &'a Table, found: &'a Table) -> Vec<(&'a str, &'a str)> {
    let (mut old, new) = (described(found), described(wanted));
    let is_wanted = |name: &str| new.iter().any(|(known, _)| *known == name);
    old.retain(|(name, _)| !is_wanted(name));
    let names = described(found);
    let mut pairs = Vec::new();
    for (to, description) in new.iter().filter(|(name, _)| !names.iter().any(|(known, _)| known == name)) {
        if let Some(place) = old.iter().position(|(_, other)| other == description) {
            pairs.push((old.remove(place).0, *to));
        }
    }
    pairs
}

/// Returns the names of the constraints of a table, each with a text that is equal for constraints
/// with the same effect.
fn described(table: &Table) -> Vec<(&str, String)> {
    let columns = |parts: &[IndexPart]| format!("{:?}", parts.iter().map(IndexPart::column).collect::<Vec<_>>());
    let mut described = Vec::new();
    if let Some(key) = table.primary_key() {
        described.push((key.name(), format!("key {}", columns(key.parts()))));
    }
    described.extend(table.uniques().iter().map(|key| (key.name(), format!("unique {}", columns(key.parts())))));
    described.extend(table.checks().iter().map(|check| (check.name(), format!("check {}", check.expression()))));
    for key in table.foreign_keys() {
        let of = if key.schema() == table.schema() { "" } else { key.schema() };
        let description = format!("foreign key {:?} {of}.{} {:?}", key.columns(), key.table(), key.targets());
        described.push((key.name(), description));
    }
    described.into_iter().filter_map(|(name, description)| Some((name?, description))).collect()
}
