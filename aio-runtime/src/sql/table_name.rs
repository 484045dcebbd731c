//! Writes the names of tables, and the names by which columns are qualified.
//!
//! A table with a schema is written with it wherever it is named, also before its columns. So two
//! tables with the same name in different schemas can be read by one statement.

use super::writer::Writer;
use crate::error::Error;
use crate::expr::{Body, ColumnRef, Origin, SourceNode};
use crate::schema::TableDef;

/// A table with a schema that a query reads without an alias.
pub(super) struct ReadInSchema {
    table: &'static TableDef,
    /// Whether the rows do not come directly from the table, so that its full name is an alias in
    /// the statement.
    is_alias: bool,
}

/// What a query has changed in the writer, to be restored at its end.
#[derive(Clone, Copy)]
pub(super) struct OuterQuery {
    sources: usize,
    in_schemas: usize,
}

impl Writer {
    /// Writes the name of a table of the database, with its schema if it has one.
    pub(super) fn table(&mut self, table: &TableDef) {
        if self.writes_text()
            && let Some(what) = table.columns.iter().find_map(|column| self.syntax.unsupported_type(column.ty))
        {
            self.fail(self.dialect.unsupported(what));
        }
        if let Some(schema) = table.schema.filter(|_| !self.without_schemas) {
            self.name(schema);
            self.push(".");
        }
        self.name(table.name);
    }

    /// Begins a query: sets the number of tables that a column may belong to. The tables of the
    /// surrounding query count only for a correlated subquery.
    pub(super) fn enter(&mut self, body: &Body) -> OuterQuery {
        let outer = OuterQuery { sources: self.sources, in_schemas: self.in_schemas.len() };
        self.sources = match body {
            Body::Select(select) => {
                self.read_in_schemas(select.sources());
                1 + select.joins.len() + if select.correlated { self.sources } else { 0 }
            }
            Body::Values(_) | Body::FromQuery { .. } | Body::TooDeep => 1,
        };
        outer
    }

    /// Ends a query.
    pub(super) fn leave(&mut self, outer: OuterQuery) {
        self.sources = outer.sources;
        self.in_schemas.truncate(outer.in_schemas);
    }

    /// Records which of these tables are read by a name with a schema, before a column of them is
    /// written.
    pub(super) fn read_in_schemas<'a>(&mut self, sources: impl Iterator<Item = &'a SourceNode>) {
        for source in sources.filter(|source| source.table.schema.is_some() && source.alias.is_none()) {
            let is_table = matches!(source.origin, Origin::Named) && self.name_of_cte(source).is_none();
            let is_alias = !is_table || source.has_presence_column;
            self.in_schemas.push(ReadInSchema { table: source.table, is_alias });
        }
    }

    /// Writes the name that qualifies a column.
    pub(super) fn qualifier(&mut self, column: &ColumnRef) {
        let table = column.table;
        if let Some(alias) = column.alias {
            return self.name(alias);
        }
        let read = self.in_schemas.iter().rfind(|read| read.table.is(table));
        match (read.map(|read| read.is_alias), table.schema) {
            (Some(true), _) => self.name(table.full_name),
            (None, Some(_)) if self.returning.is_some_and(|returning| returning.is(table)) => self.bare_name(table),
            (_, Some(_)) => self.table(table),
            (_, None) => self.bare_name(table),
        }
    }

    /// Writes the name of a table without its schema before a column. Makes the statement fail if
    /// the database could take it for another table, which has that name in a schema.
    fn bare_name(&mut self, table: &TableDef) {
        let hides = |read: &&ReadInSchema| !read.is_alias && read.table.name.eq_ignore_ascii_case(table.name);
        if let Some(other) = self.in_schemas.iter().find(hides).map(|read| read.table) {
            self.fail(Error::usage(format!(
                "the statement reads `{}` and `{}`, and could mean a column of either: give one of them an alias, \
                 `alias!(Other = {})`",
                table.full_name, other.full_name, other.rust_name
            )));
        }
        self.name(table.name);
    }
}

/// Returns the name of the second of two tables that a statement could not tell apart, and the
/// name of its struct; `None` if it can tell all apart. The case of names is ignored, as in SQL.
pub(super) fn duplicate_name<'a>(
    sources: impl Iterator<Item = (&'a TableDef, Option<&'a str>)>,
) -> Option<(&'a str, &'a str)> {
    let mut before: Vec<(Option<&str>, &str)> = Vec::new();
    for (table, alias) in sources {
        let (schema, name) = match alias {
            Some(alias) => (None, alias),
            None => (table.schema, table.name),
        };
        let is_same = |(other_schema, other): &(Option<&str>, &str)| {
            // A name without a schema could be that of any table with this name.
            let may_be_same = schema.is_none() || other_schema.is_none() || *other_schema == schema;
            may_be_same && other.eq_ignore_ascii_case(name)
        };
        if before.iter().any(is_same) {
            return Some((alias.unwrap_or(table.full_name), table.rust_name));
        }
        before.push((schema, name));
    }
    None
}
