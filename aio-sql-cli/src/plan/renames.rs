//! Finds the tables and columns that were renamed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use aio_sql::inspect::{Index, Schema, Table, TableKind};

use super::name::{Naming, is, quoted};
use super::question::{Answer, Question};
use super::{Change, Hints, Owned, Step};
use crate::error::{Error, Result};

/// The renames, in an order in which each new name is free when its turn comes.
#[derive(Debug, Default)]
pub(super) struct Renames {
    pub(super) tables: Vec<TableRename>,
    pub(super) columns: Vec<ColumnRename>,
}

/// A table that gets another name, or another schema.
#[derive(Clone, Debug)]
pub(super) struct TableRename {
    /// The earlier full name.
    pub(super) from: String,
    /// The new full name.
    pub(super) to: String,
    /// The earlier and the new full names of the indexes, if they get another schema.
    pub(super) indexes: Vec<(String, String)>,
    statements: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct ColumnRename {
    /// The new full name of the table.
    pub(super) table: String,
    /// The new name of the table as SQL.
    of: String,
    pub(super) from: String,
    pub(super) to: String,
}

impl Renames {
    pub(super) fn changes(&self) -> Vec<Change> {
        let tables = self
            .tables
            .iter()
            .map(|TableRename { from, to, .. }| Change::RenameTable { from: from.clone(), to: to.clone() });
        let columns = self.columns.iter().map(|ColumnRename { table, from, to, .. }| Change::RenameColumn {
            table: table.clone(),
            from: from.clone(),
            to: to.clone(),
        });
        tables.chain(columns).collect()
    }

    /// Returns the step that renames tables and columns.
    pub(super) fn step(&self) -> Step {
        let mut step = Step::default();
        for TableRename { to, statements, .. } in &self.tables {
            statements.iter().for_each(|sql| step.push(to, sql));
        }
        for ColumnRename { table, of, from, to } in &self.columns {
            step.push(table, format!("ALTER TABLE {of} RENAME COLUMN {} TO {}", quoted(from), quoted(to)));
        }
        step
    }

    /// Returns the earlier name of a table.
    pub(super) fn earlier<'a>(&'a self, table: &'a str) -> &'a str {
        self.tables.iter().find(|rename| is(&rename.to, table)).map_or(table, |rename| &rename.from)
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
    let naming = Naming::between(found, wanted);
    let full = |table: &Table| naming.of_table(table);
    let is_owned = |table: &&Table| owned.has_table(naming, table.schema(), table.name());
    let tables = Names {
        found: ordinary(found).filter(is_owned).map(full).collect(),
        all: found.tables().iter().map(full).collect(),
        wanted: ordinary(wanted).map(full).collect(),
        schemas: ordinary(wanted).map(|table| (full(table), table)).collect(),
        naming,
    };
    // An earlier name is one in the same schema, or else a full name.
    let was = |new: &str| {
        let was = hints.table(new)?.was.clone()?;
        let beside = naming.full(naming.table(wanted, new)?.schema(), &was);
        Some(if tables.exists(&beside).is_some() { beside } else { was })
    };
    let ask = |new: &str, gone: Vec<String>| answer(&Question::of_table(new, gone, hints));
    let mut renames = Renames::default();
    for (from, to) in tables.renames(None, was, ask)? {
        if let (Some(before), Some(after)) = (naming.table(found, &from), naming.table(wanted, &to)) {
            renames.tables.push(TableRename::of(naming, found, before, after));
        }
    }
    for table in ordinary(wanted) {
        let name = full(table);
        let before = renames.tables.iter().find(|rename| is(&rename.to, &name));
        let is_replaced = renames.tables.iter().any(|rename| is(&rename.from, &name));
        let before = match before {
            Some(rename) => naming.table(found, &rename.from),
            None if is_replaced => None,
            None => naming.table(found, &name),
        };
        let Some(before) = before else { continue };
        let columns = Names {
            found: columns(before),
            all: before.columns().iter().map(|column| column.name().to_owned()).collect(),
            wanted: columns(table),
            schemas: BTreeMap::from([(full(before), before)]),
            naming,
        };
        let was = |column: &str| hints.table(&name)?.column(column)?.was.clone();
        let ask = |new: &str, gone: Vec<String>| answer(&Question::of_column(&name, new, gone, hints));
        for (from, to) in columns.renames(Some(&full(before)), was, ask)? {
            let of = naming.sql(table.schema(), table.name());
            renames.columns.push(ColumnRename { table: name.clone(), of, from, to });
        }
    }
    Ok(renames)
}

impl TableRename {
    fn of(naming: Naming<'_>, found: &Schema, before: &Table, after: &Table) -> TableRename {
        let mut rename = TableRename {
            from: naming.of_table(before),
            to: naming.of_table(after),
            indexes: Vec::new(),
            statements: Vec::new(),
        };
        let named = |schema: &str, name: &str| {
            (before.name() != after.name())
                .then(|| format!("ALTER TABLE {} RENAME TO {}", naming.sql(schema, name), quoted(after.name())))
        };
        if naming.is_same_schema(before.schema(), after.schema()) {
            rename.statements.extend(named(before.schema(), before.name()));
            return rename;
        }
        let moved = |name: &str| {
            format!("ALTER TABLE {} SET SCHEMA {}", naming.sql(before.schema(), name), quoted(after.schema()))
        };
        let is_taken = naming.table(found, &naming.full(after.schema(), before.name())).is_some();
        if is_taken {
            rename.statements.extend(named(before.schema(), before.name()));
            rename.statements.push(moved(after.name()));
        } else {
            rename.statements.push(moved(before.name()));
            rename.statements.extend(named(after.schema(), before.name()));
        }
        let full = |schema: &str, index: &Index| naming.full(schema, index.name());
        let indexes = before.indexes().iter();
        rename.indexes.extend(indexes.map(|index| (full(before.schema(), index), full(after.schema(), index))));
        rename
    }
}

fn ordinary(schema: &Schema) -> impl Iterator<Item = &Table> {
    schema.tables().iter().filter(|table| *table.kind() == TableKind::Ordinary)
}

/// Returns the names of the columns that are not generated.
fn columns(table: &Table) -> Vec<String> {
    let columns = table.columns().iter().filter(|column| column.generated().is_none());
    columns.map(|column| column.name().to_owned()).collect()
}

/// The names of tables, or of the columns of a table, before and after.
struct Names<'a> {
    /// The names before, of which a question may ask whether they were renamed.
    found: Vec<String>,
    /// All names before, also those of which no question may ask.
    all: Vec<String>,
    wanted: Vec<String>,
    /// The tables by their full names: all wanted ones, or that of the columns.
    schemas: BTreeMap<String, &'a Table>,
    naming: Naming<'a>,
}

impl Names<'_> {
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
        let schema = self.schemas.get(table.unwrap_or(first)).map_or("", |table| table.schema());
        let own_name =
            |full: &str| self.schemas.get(full).map_or_else(|| full.to_owned(), |table| table.name().to_owned());
        let own_name = |name: &str| if table.is_some() { name.to_owned() } else { own_name(name) };
        let mut between = format!("{}_before", own_name(first));
        while is_taken(&if table.is_some() { between.clone() } else { self.naming.full(schema, &between) }) {
            between.push('_');
        }
        let mut sql = String::new();
        let mut rename = |from: &str, to: &str| {
            let (from, to) = (own_name(from), own_name(to));
            let _ = match table {
                Some(table) => {
                    let of = self.naming.sql(schema, self.schemas.get(table).map_or("", |table| table.name()));
                    writeln!(sql, "ALTER TABLE {of} RENAME COLUMN {} TO {};", quoted(&from), quoted(&to))
                }
                None => writeln!(sql, "ALTER TABLE {} RENAME TO {};", self.naming.sql(schema, &from), quoted(&to)),
            };
        };
        rename(first, &between);
        circle.windows(2).for_each(|pair| rename(&pair[1], &pair[0]));
        rename(&between, last);
        let is_beside = |full: &String| {
            self.schemas.get(full).is_some_and(|table| self.naming.is_same_schema(table.schema(), schema))
        };
        if table.is_none() && !circle.iter().all(is_beside) {
            return Error::new(message)
                .help("remove these attributes, and exchange the tables by a step of your own: `aio-sql migrate new exchange`");
        }
        Error::new(message).help(format!(
            "remove these attributes, create a step by `aio-sql migrate new exchange`, and write into it\n{}",
            sql.trim_end()
        ))
    }
}
