//! Finds the tables and columns that were renamed.

use std::fmt::Write as _;

use aio_sql::inspect::{Schema, Table, TableKind};

use super::name::{is, quoted};
use super::question::{Answer, Question};
use super::{Change, Hints, Owned};
use crate::error::{Error, Result};

/// The renames, in an order in which each new name is free when its turn comes.
#[derive(Debug, Default)]
pub(super) struct Renames {
    /// The earlier and the new names of tables.
    pub(super) tables: Vec<(String, String)>,
    pub(super) columns: Vec<ColumnRename>,
}

#[derive(Clone, Debug)]
pub(super) struct ColumnRename {
    /// The new name of the table.
    pub(super) table: String,
    pub(super) from: String,
    pub(super) to: String,
}

impl Renames {
    pub(super) fn changes(&self) -> Vec<Change> {
        let tables = self.tables.iter().cloned().map(|(from, to)| Change::RenameTable { from, to });
        let columns = self.columns.iter().map(|ColumnRename { table, from, to }| Change::RenameColumn {
            table: table.clone(),
            from: from.clone(),
            to: to.clone(),
        });
        tables.chain(columns).collect()
    }

    /// Returns the earlier name of a table.
    pub(super) fn earlier<'a>(&'a self, table: &'a str) -> &'a str {
        self.tables.iter().find(|(_, to)| is(to, table)).map_or(table, |(from, _)| from)
    }
}

/// Finds the renames by the attributes, and asks about those that the attributes do not name.
pub(super) fn find(
    found: &Schema,
    wanted: &Schema,
    hints: &Hints,
    owned: &Owned,
    answer: Answer<'_>,
) -> Result<Renames> {
    let tables = Names {
        found: ordinary(found).filter(|table| owned.has_table(table.name())).map(named).collect(),
        all: found.tables().iter().map(|table| table.name().to_owned()).collect(),
        wanted: ordinary(wanted).map(named).collect(),
    };
    let was = |table: &str| hints.table(table)?.was.clone();
    let ask = |new: &str, gone: Vec<String>| answer(&Question::of_table(new, gone, hints));
    let mut renames = Renames { tables: tables.renames(None, was, ask)?, columns: Vec::new() };
    for table in ordinary(wanted) {
        let before = renames.tables.iter().find(|(_, to)| is(to, table.name()));
        let is_replaced = renames.tables.iter().any(|(from, _)| is(from, table.name()));
        let before = match before {
            Some((from, _)) => found.table(from),
            None if is_replaced => None,
            None => found.table(table.name()),
        };
        let Some(before) = before else { continue };
        let columns = Names {
            found: columns(before),
            all: before.columns().iter().map(|column| column.name().to_owned()).collect(),
            wanted: columns(table),
        };
        let was = |column: &str| hints.table(table.name())?.column(column)?.was.clone();
        let ask = |new: &str, gone: Vec<String>| answer(&Question::of_column(table.name(), new, gone, hints));
        for (from, to) in columns.renames(Some(before.name()), was, ask)? {
            renames.columns.push(ColumnRename { table: table.name().to_owned(), from, to });
        }
    }
    Ok(renames)
}

fn ordinary(schema: &Schema) -> impl Iterator<Item = &Table> {
    schema.tables().iter().filter(|table| *table.kind() == TableKind::Ordinary)
}

fn named(table: &Table) -> String {
    table.name().to_owned()
}

/// Returns the names of the columns that are not generated.
fn columns(table: &Table) -> Vec<String> {
    let columns = table.columns().iter().filter(|column| column.generated().is_none());
    columns.map(|column| column.name().to_owned()).collect()
}

/// The names of tables, or of the columns of a table, before and after.
struct Names {
    /// The names before, of which a question may ask whether they were renamed.
    found: Vec<String>,
    /// All names before, also those of which no question may ask.
    all: Vec<String>,
    wanted: Vec<String>,
}

impl Names {
    /// Returns the name before that is equal to `name`, or `None` if there was none.
    fn exists(&self, name: &str) -> Option<&String> {
        self.all.iter().find(|found| is(found, name))
    }

    /// Returns pairs of earlier and new names. `table` is the table of the columns; `None` if
    /// these are the names of tables.
    fn renames(
        &self,
        table: Option<&str>,
        was: impl Fn(&str) -> Option<String>,
        mut ask: impl FnMut(&str, Vec<String>) -> Result<Option<usize>>,
    ) -> Result<Vec<(String, String)>> {
        let mut renames: Vec<(String, String)> = Vec::new();
        let exists = |name: &str| self.exists(name);
        if let Some(circle) = self.circle(&was) {
            return Err(self.exchanged(table, &circle));
        }
        loop {
            let next = self.wanted.iter().find_map(|new| {
                let is_done = renames.iter().any(|(_, to)| to == new);
                let is_gone = |name: &str| renames.iter().any(|(from, _)| is(from, name));
                // If the new name exists already, an earlier step has made the rename.
                let is_free = exists(new).is_none() || is_gone(new);
                let earlier = exists(&was(new)?)?;
                (!is_done && is_free && !is(earlier, new)).then(|| (earlier.clone(), new.clone()))
            });
            let Some((from, to)) = next else { break };
            if let Some((_, other)) = renames.iter().find(|(earlier, _)| *earlier == from) {
                let kind = if table.is_some() { "column" } else { "table" };
                return Err(Error::new(format!(
                    "both `{other}` and `{to}` say that they were the {kind} `{from}`: remove one of the attributes `was`"
                )));
            }
            renames.push((from, to));
        }
        for new in &self.wanted {
            if exists(new).is_some() || renames.iter().any(|(_, to)| to == new) {
                continue;
            }
            let is_gone = |found: &&String| {
                !self.wanted.iter().any(|wanted| is(wanted, found)) && !renames.iter().any(|(from, _)| from == *found)
            };
            let gone: Vec<String> = self.found.iter().filter(is_gone).cloned().collect();
            if gone.is_empty() {
                continue;
            }
            if let Some(place) = ask(new, gone.clone())?
                && let Some(from) = gone.get(place)
            {
                renames.push((from.clone(), new.clone()));
            }
        }
        Ok(renames)
    }

    /// Returns names of which each had the next one before, and the last had the first one.
    fn circle(&self, was: &impl Fn(&str) -> Option<String>) -> Option<Vec<String>> {
        self.wanted.iter().find_map(|first| {
            let mut circle = vec![first.clone()];
            loop {
                let earlier = self.exists(&was(circle.last()?)?)?;
                if is(earlier, first) {
                    return (circle.len() > 1).then_some(circle);
                }
                let next = self.wanted.iter().find(|wanted| is(wanted, earlier))?;
                if circle.contains(next) {
                    return None;
                }
                circle.push(next.clone());
            }
        })
    }

    /// Returns the error for names that are exchanged. The attributes cannot ask for it: they stay
    /// in the source, and the schema afterwards has the same names as before.
    fn exchanged(&self, table: Option<&str>, circle: &[String]) -> Error {
        let names: Vec<_> = circle.iter().map(|name| format!("`{name}`")).collect();
        let of = table.map(|table| format!(" of `{table}`")).unwrap_or_default();
        let message = format!(
            "the attributes `was` exchange the names {}{of}, and would do so again in each step that follows",
            names.join(" and ")
        );
        let (first, last) = (circle.first().map_or("", String::as_str), circle.last().map_or("", String::as_str));
        let is_taken = |name: &str| self.all.iter().chain(&self.wanted).any(|taken| is(taken, name));
        let mut between = format!("{first}_before");
        while is_taken(&between) {
            between.push('_');
        }
        let mut sql = String::new();
        let mut rename = |from: &str, to: &str| {
            let _ = match table {
                Some(table) => {
                    writeln!(sql, "ALTER TABLE {} RENAME COLUMN {} TO {};", quoted(table), quoted(from), quoted(to))
                }
                None => writeln!(sql, "ALTER TABLE {} RENAME TO {};", quoted(from), quoted(to)),
            };
        };
        rename(first, &between);
        circle.windows(2).for_each(|pair| rename(&pair[1], &pair[0]));
        rename(&between, last);
        Error::new(message).help(format!(
            "remove these attributes, create a step by `aio-sql migrate new exchange`, and write into it\n{}",
            sql.trim_end()
        ))
    }
}
