//! The tables that structs declare, as the server would have them.

use super::moment::{Savepoint, run};
use super::relations;
use super::row::{TEMP, rows};
use super::tables::tables_and_views;
use crate::engine::DeclaredTable;
use crate::error::Result;
use crate::inspect::{Check, Table};
use crate::postgres::connection::Connection;
use crate::value::Value;

/// Puts the temporary schema before the others of the search path, so that tables are created in
/// it, and found there first. Every user may create temporary tables, as long as nobody has
/// revoked that.
const USE_TEMPORARY_SCHEMA: &str = "select set_config('search_path',
    concat_ws(', ', 'pg_temp', nullif(current_setting('search_path'), '')), true)";

/// The name of a constraint that is only created to learn how the server writes its condition.
const CONDITION: &str = "aio_sql_condition_";

/// The code of the error that something does not exist, such as a collation.
const UNDEFINED_OBJECT: &str = "42704";

/// The number of the table that a name means.
const TABLE: &str = "select to_regclass(concat(quote_ident($2::text) || '.', quote_ident($1::text)))::oid";

/// Returns the number of the table that a name means, in a schema if one is given. Returns `None`
/// if there is none.
pub(super) fn number_of(connection: &mut Connection, schema: Option<&str>, name: &str) -> Result<Option<i64>> {
    let schema = schema.map_or(Value::Null, |schema| Value::Text(schema.to_owned()));
    let found = rows(connection, TABLE, &[Value::Text(name.to_owned()).into(), schema.into()])?.next();
    found.map_or(Ok(None), |mut row| row.optional_number())
}

/// Calls `read` in a transaction of which nothing remains: with a savepoint if one is open.
pub(super) fn and_take_back<T>(
    connection: &mut Connection,
    read: impl FnOnce(&mut Connection) -> Result<T>,
) -> Result<T> {
    if connection.in_transaction() {
        let mut savepoint = Savepoint::set(connection)?;
        let result = read(savepoint.connection());
        savepoint.roll_back()?;
        return result;
    }
    run(connection, "BEGIN")?;
    let result = read(connection);
    if !connection.is_lost() {
        run(connection, "ROLLBACK")?;
    }
    result
}

/// Creates the tables as temporary ones. They are not temporary in the texts of their expressions,
/// in which the server writes no schema that is in the search path.
pub(super) fn create(connection: &mut Connection, tables: &[DeclaredTable]) -> Result<()> {
    let mut refused = None;
    for statement in tables.iter().flat_map(|table| &table.before) {
        // It exists in most cases, also where the user may not create it.
        let mut savepoint = Savepoint::set(connection)?;
        match run(savepoint.connection(), statement) {
            Ok(()) => savepoint.release()?,
            Err(error) => {
                refused.get_or_insert(error);
                savepoint.roll_back()?;
            }
        }
    }
    rows(connection, USE_TEMPORARY_SCHEMA, &[])?.for_each(drop);
    for table in tables {
        for statement in &table.ddl {
            run(connection, statement).map_err(|error| {
                // What the table needs is missing because it could not be created.
                let refused = if error.code() == Some(UNDEFINED_OBJECT) { refused.take() } else { None };
                refused.unwrap_or(error).context(format_args!("the table {} cannot be compared", table.full_name))
            })?;
        }
    }
    Ok(())
}

/// Adds conditions to the constraints of a table that was [created](create), so that they are read
/// in the form in which the server writes them. [`take_conditions`] finds them there.
pub(super) fn add_conditions<'a>(
    connection: &mut Connection,
    table: &str,
    conditions: impl IntoIterator<Item = &'a String>,
) -> Result<()> {
    let table = table.replace('"', "\"\"");
    for (number, condition) in conditions.into_iter().enumerate() {
        let add = format!("ALTER TABLE \"{table}\" ADD CONSTRAINT {CONDITION}{number} CHECK ({condition})");
        run(connection, &add)?;
    }
    Ok(())
}

/// Removes the conditions that were [added](add_conditions) from a table, and returns them in
/// their order.
pub(super) fn take_conditions(table: &mut Table) -> Vec<String> {
    let number = |check: &Check| check.name.as_deref()?.strip_prefix(CONDITION)?.parse::<usize>().ok();
    let (mut added, declared): (Vec<_>, Vec<_>) =
        std::mem::take(&mut table.checks).into_iter().partition(|check| number(check).is_some());
    table.checks = declared;
    added.sort_by_key(number);
    added.into_iter().map(|check| check.expression).collect()
}

/// Reads tables that were [created](create), and gives them the schema in which they would be.
/// `default` is the schema of tables that have none of their own.
pub(super) fn read(
    connection: &mut Connection,
    declared: &[DeclaredTable],
    schema: &str,
    default: &str,
) -> Result<Vec<Table>> {
    let mut oids = Vec::new();
    for table in declared {
        oids.extend(number_of(connection, None, table.name)?);
    }
    let relations = relations::with_oids(connection, &oids)?;
    let (mut tables, _) = tables_and_views(connection, relations)?;
    for table in &mut tables {
        table.schema = schema.to_owned();
        if let Some(declared) = declared.iter().find(|declared| declared.name == table.name) {
            table.foreign_keys = declared.foreign_keys.clone();
            for key in table.foreign_keys.iter_mut().filter(|key| key.schema.is_empty()) {
                default.clone_into(&mut key.schema);
            }
            table.foreign_keys.sort_by(|one, other| one.name.cmp(&other.name));
        }
        for index in &mut table.indexes {
            index.sql = index.sql.replacen(&format!(" ON {TEMP}."), &format!(" ON {schema}."), 1);
        }
    }
    Ok(tables)
}
