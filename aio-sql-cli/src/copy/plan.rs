//! Which tables and columns are copied, and in which order.

use std::collections::BTreeSet;

use super::tables::{Column, ColumnType, Reference, Table};
use crate::error::{Error, Result};

/// The tables that are copied.
#[derive(Debug)]
pub(super) struct Plan {
    /// The tables in the order in which they are filled.
    pub(super) steps: Vec<Step>,
    pub(super) only_in_source: Vec<String>,
    pub(super) only_in_target: Vec<String>,
}

/// A table that is copied.
#[derive(Debug)]
pub(super) struct Step {
    /// The name of the table in the source.
    pub(super) source: String,
    /// The name of the table in the target.
    pub(super) target: String,
    pub(super) columns: Vec<Pair>,
    /// The foreign keys to tables that are not filled before this one: to itself, or around a
    /// circle.
    pub(super) early: Vec<Reference>,
    /// The column by which the target numbers the rows, and the highest number that the source
    /// has given out, if it remembers it.
    pub(super) numbered: Option<(String, Option<i64>)>,
}

/// A column that both databases have.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) source: String,
    pub(super) target: String,
    pub(super) from: ColumnType,
    pub(super) to: ColumnType,
}

impl Plan {
    /// Finds for each table of the target the one of the source with its name.
    ///
    /// # Errors
    /// If no table has the name of another, or if a column of the source would be lost.
    pub(super) fn new(source: &[Table], target: &[Table]) -> Result<Plan> {
        let pairs: Vec<(&Table, &Table)> = in_key_order(target)
            .into_iter()
            .filter_map(|table| named(source, &table.name, |table| &table.name).map(|found| (found, table)))
            .collect();
        if pairs.is_empty() {
            return Err(Error::new("the databases have no table in common")
                .help("create the tables of the target first: run the program, or `aio-sql migrate run`"));
        }
        let mut steps: Vec<Step> = Vec::with_capacity(pairs.len());
        let mut filled: BTreeSet<&str> = BTreeSet::new();
        for (from, to) in &pairs {
            let is_copied =
                |reference: &&Reference| pairs.iter().any(|(_, table)| is_named(&table.name, &reference.table));
            let is_early = |reference: &&Reference| !filled.iter().any(|name| is_named(name, &reference.table));
            steps.push(Step {
                source: from.name.clone(),
                target: to.name.clone(),
                columns: columns(from, to)?,
                early: to.references.iter().filter(is_copied).filter(is_early).cloned().collect(),
                numbered: to.columns.iter().find(|column| column.is_numbered).map(|column| {
                    let same = named(&from.columns, &column.name, |column| &column.name);
                    (column.name.clone(), same.and_then(|column| column.last_number))
                }),
            });
            filled.insert(&to.name);
        }
        let missing = |of: &[Table], is_there: &dyn Fn(&str) -> bool| {
            of.iter().filter(|table| !is_there(&table.name)).map(|table| table.name.clone()).collect()
        };
        Ok(Plan {
            only_in_source: missing(source, &|name| steps.iter().any(|step| step.source == name)),
            only_in_target: missing(target, &|name| steps.iter().any(|step| step.target == name)),
            steps,
        })
    }
}

/// Returns the columns that are copied: all of the target but those that it computes.
fn columns(from: &Table, to: &Table) -> Result<Vec<Pair>> {
    let lost: Vec<&str> = from
        .columns
        .iter()
        .filter(|column| !column.is_generated)
        .filter(|column| named(&to.columns, &column.name, |column| &column.name).is_none())
        .map(|column| column.name.as_str())
        .collect();
    if !lost.is_empty() {
        let message = format!("{} of the target has no column {}", to.name, lost.join(", "));
        return Err(Error::new(message).help("bring the schemas of both databases to the same state first"));
    }
    let pair = |column: &Column| {
        let found = named(&from.columns, &column.name, |column| &column.name)?;
        let (from, to) = (found.ty.clone(), column.ty.clone());
        Some(Pair { source: found.name.clone(), target: column.name.clone(), from, to })
    };
    let pairs: Vec<Pair> = to.columns.iter().filter(|column| !column.is_generated).filter_map(pair).collect();
    if pairs.is_empty() {
        return Err(Error::new(format!("the tables {} have no column in common", to.name)));
    }
    Ok(pairs)
}

/// Finds what has a name: exactly this one, or else one that differs in the case of ASCII letters
/// alone.
fn named<'t, T>(list: &'t [T], name: &str, name_of: impl Fn(&T) -> &String) -> Option<&'t T> {
    let exactly = list.iter().find(|item| name_of(item) == name);
    exactly.or_else(|| list.iter().find(|item| is_named(name_of(item), name)))
}

fn is_named(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// Returns the tables so that each follows those that it refers to, except around circles, and
/// otherwise in their order.
fn in_key_order(tables: &[Table]) -> Vec<&Table> {
    let mut ordered: Vec<&Table> = Vec::with_capacity(tables.len());
    let mut left: Vec<&Table> = tables.iter().collect();
    while !left.is_empty() {
        let waits_for = |table: &Table, other: &Table| {
            other.name != table.name && table.references.iter().any(|key| is_named(&key.table, &other.name))
        };
        let is_free = |table: &&Table| !left.iter().any(|other| waits_for(table, other));
        // Where only circles are left, the table that waits for the fewest comes next.
        let next = left.iter().position(is_free).or_else(|| {
            let waits = |table: &Table| left.iter().filter(|other| waits_for(table, other)).count();
            (0..left.len()).min_by_key(|place| waits(left[*place]))
        });
        ordered.push(left.remove(next.unwrap_or_default()));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, parents: &[&str]) -> Table {
        let reference =
            |table: &&str| Reference { constraint: String::new(), table: (*table).to_owned(), is_deferrable: false };
        let column = Column {
            name: "id".to_owned(),
            ty: ColumnType::Sqlite("INTEGER".to_owned()),
            is_generated: false,
            is_numbered: false,
            last_number: None,
        };
        Table { name: name.to_owned(), columns: vec![column], references: parents.iter().map(reference).collect() }
    }

    fn planned(tables: &[Table]) -> Result<Vec<(String, usize)>> {
        let plan = Plan::new(tables, tables)?;
        Ok(plan.steps.into_iter().map(|step| (step.target, step.early.len())).collect())
    }

    #[test]
    fn a_table_is_filled_after_those_that_it_refers_to() -> Result<()> {
        let tables = [table("a", &["C"]), table("b", &["a", "c"]), table("c", &[]), table("d", &["elsewhere"])];
        let expected = [("c", 0), ("a", 0), ("b", 0), ("d", 0)];
        assert_eq!(planned(&tables)?, expected.map(|(name, early)| (name.to_owned(), early)));
        Ok(())
    }

    #[test]
    fn foreign_keys_around_a_circle_and_to_the_same_table_are_early() -> Result<()> {
        let tables = [table("a", &["b"]), table("b", &["a"]), table("c", &["c", "b"])];
        let expected = [("a", 1), ("b", 0), ("c", 1)];
        assert_eq!(planned(&tables)?, expected.map(|(name, early)| (name.to_owned(), early)));
        Ok(())
    }
}
