//! Compares existing tables with those that structs declare, and two schemas.

use super::declared::{add_conditions, and_take_back, create, number_of, read, take_conditions};
use super::meaning::Spellings;
use super::relations;
use super::row::rows;
use super::tables::tables_and_views;
use crate::engine::{DeclaredTable, WantedTable, by_schema};
use crate::error::{Error, Result};
use crate::inspect::{Comparison, Difference, Schema, Tolerance, differences_of_schemas};
use crate::postgres::connection::Connection;
use crate::postgres::engine::DIALECT;

/// The schema in which tables are created.
const CURRENT_SCHEMA: &str = "select coalesce(current_schema()::text, 'public')";

/// Returns the differences between an existing table and the wanted one, one line each.
pub(in crate::postgres) fn compare(connection: &mut Connection, wanted: &WantedTable) -> Result<Vec<String>> {
    let DeclaredTable { schema, name, full_name, .. } = wanted.table;
    let missing = || Error::usage(format!("there is no table {full_name}"));
    let existing = number_of(connection, schema, name)?.ok_or_else(missing)?;
    let current = current_schema(connection)?;
    and_take_back(connection, |connection| {
        let declared = std::slice::from_ref(&wanted.table);
        create(connection, declared)?;
        let Tolerance { ranges, lists, numbered, never_numbers, floats } = &wanted.tolerance;
        add_conditions(connection, name, ranges.iter().chain(lists))?;
        let relations = relations::with_oids(connection, &[existing])?;
        let found = tables_and_views(connection, relations)?.0.pop().ok_or_else(missing)?;
        // A parent table without a schema is one beside a table that is itself found without one.
        let of_parents = if schema.is_some() { &current } else { &found.schema };
        let mut table = read(connection, declared, &found.schema, of_parents)?.pop().ok_or_else(missing)?;
        let mut conditions = take_conditions(&mut table);
        let tolerance = Tolerance {
            lists: conditions.split_off(ranges.len().min(conditions.len())),
            ranges: conditions,
            numbered: *numbered,
            never_numbers: never_numbers.clone(),
            floats: floats.clone(),
        };
        let meaning = Spellings { of_any_type: true };
        let comparison = Comparison { wanted: &table, found: &found, meaning: &meaning, tolerance: Some(&tolerance) };
        Ok(comparison.differences().iter().map(ToString::to_string).collect())
    })
}

/// Returns the schema of a database in which only these tables were created.
pub(in crate::postgres) fn schema_of(connection: &mut Connection, tables: Vec<DeclaredTable>) -> Result<Schema> {
    let default = current_schema(connection)?;
    let mut schema = Schema { names: vec![default.clone()], ..Schema::empty(DIALECT) };
    // Tables of different schemas may have the same name, and are created one schema at a time.
    for tables in by_schema(tables) {
        let name = tables[0].schema.unwrap_or(&default);
        schema.tables.extend(and_take_back(connection, |connection| {
            create(connection, &tables)?;
            read(connection, &tables, name, &default)
        })?);
        if !schema.names.iter().any(|known| known == name) {
            schema.names.push(name.to_owned());
        }
    }
    Ok(schema)
}

fn current_schema(connection: &mut Connection) -> Result<String> {
    rows(connection, CURRENT_SCHEMA, &[])?.next().map_or(Ok(String::new()), |mut row| row.text())
}

/// Returns the differences of two schemas, which the server has written.
pub(crate) fn differences<'a>(wanted: &'a Schema, found: &'a Schema) -> Result<Vec<Difference<'a>>> {
    let meaning = Spellings { of_any_type: false };
    let compare = |wanted, found| Comparison { wanted, found, meaning: &meaning, tolerance: None }.differences();
    Ok(differences_of_schemas(wanted, found, &meaning, compare))
}
