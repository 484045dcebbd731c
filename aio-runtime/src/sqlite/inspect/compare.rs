//! Compares existing tables with those that structs declare, and two schemas.

use rusqlite::Connection;

use super::meaning::Programs;
use super::read;
use super::stand_in::{empty_for_any_schema, with_any_function};
use crate::engine::{DeclaredTable, WantedTable, by_schema};
use crate::error::{Error, Result};
use crate::inspect::{Comparison, Difference, Inspect, Schema, Table, differences_of_schemas};
use crate::sqlite::DIALECT;
use crate::sqlite::error::typed;
use crate::sqlite::options::Options;
use crate::sqlite::set_up::empty_beside;

/// Returns the differences between an existing table and the wanted one, one line each.
pub(in crate::sqlite) fn compare(raw: &Connection, options: &Options, wanted: &WantedTable) -> Result<Vec<String>> {
    let beside = empty_beside(options)?;
    let DeclaredTable { schema, name, full_name, .. } = wanted.table;
    let cannot = |error: Error| error.context(format_args!("the table {full_name} cannot be compared"));
    for statement in &wanted.table.ddl {
        beside.execute_batch(statement).map_err(typed).map_err(cannot)?;
    }
    let read = |connection, schema| {
        let table = read::table(connection, schema, name).map_err(typed)?;
        table.ok_or_else(|| Error::usage(format!("there is no table {full_name}")))
    };
    let (wanted_table, found) = (read(&beside, read::MAIN)?, read(raw, schema.unwrap_or(read::MAIN))?);
    let programs = Programs { beside: &beside, table: name, any_function: false };
    let comparison =
        Comparison { wanted: &wanted_table, found: &found, meaning: &programs, tolerance: Some(&wanted.tolerance) };
    Ok(comparison.differences().iter().map(ToString::to_string).collect())
}

/// Returns the schema that these tables have in an empty database. They may use functions and
/// collations that only the program registers.
pub(crate) fn schema_of(tables: Vec<DeclaredTable>) -> Result<Schema> {
    let mut all = Schema { names: vec![read::MAIN.to_owned()], ..Schema::empty(DIALECT) };
    // Each attached file is an empty database of its own.
    for tables in by_schema(tables) {
        let beside = empty_for_any_schema()?;
        for statement in tables.iter().flat_map(|table| &table.ddl) {
            with_any_function(&beside, || beside.execute_batch(statement)).map_err(typed)?;
        }
        let mut schema = read::schema(&beside, &Inspect::new())?;
        let name = tables[0].schema.unwrap_or(read::MAIN);
        for table in &mut schema.tables {
            name.clone_into(&mut table.schema);
            table.foreign_keys.iter_mut().for_each(|key| name.clone_into(&mut key.schema));
        }
        all.tables.append(&mut schema.tables);
        if !all.names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            all.names.push(name.to_owned());
        }
    }
    Ok(all)
}

/// Returns the differences of two schemas.
pub(crate) fn differences<'a>(wanted: &'a Schema, found: &'a Schema) -> Result<Vec<Difference<'a>>> {
    let beside = empty_for_any_schema()?;
    let compare = |wanted: &'a Table, found: &'a Table| {
        // The programs of expressions depend only on the positions, types and collations of
        // columns, so that a table without constraints suffices. An expression that cannot be
        // compiled is compared as text.
        let _ = beside.execute_batch(&columns_only(wanted));
        let programs = Programs { beside: &beside, table: &wanted.name, any_function: true };
        let differences = Comparison { wanted, found, meaning: &programs, tolerance: None }.differences();
        let _ = beside.execute_batch(&format!("DROP TABLE IF EXISTS {}", quoted(&wanted.name)));
        differences
    };
    let statement = Programs { beside: &beside, table: "", any_function: true };
    Ok(differences_of_schemas(wanted, found, &statement, compare))
}

/// Returns a CREATE TABLE statement for the columns of `table` with their types and collations,
/// and without any constraints.
fn columns_only(table: &Table) -> String {
    let columns = table.columns().iter().map(|column| {
        let collation = column.collation().map(|name| format!(" COLLATE {}", quoted(name))).unwrap_or_default();
        format!("{} {}{collation}", quoted(column.name()), quoted(column.declared_type()))
    });
    format!("CREATE TABLE {} ({})", quoted(table.name()), columns.collect::<Vec<_>>().join(", "))
}

fn quoted(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}
