//! Writing the definition of a table to a file, for the command line tool.
//!
//! The format is lines of SQL comments, followed by the statements that create the table in each
//! dialect. A name, a path or an expression is written as a Rust string literal, so that each
//! comment is one line:
//!
//! ```text
//! -- aio-sql: struct "shop::models::Post"
//! -- aio-sql: at "src/models.rs:12"
//! -- aio-sql: table "post"
//! -- aio-sql: schema "app"
//! -- aio-sql: was "posts"
//! -- aio-sql: column "headline" was "title"
//! -- aio-sql: column "slug" backfill "lower(title)"
//! -- aio-sql: dialect sqlite
//! CREATE TABLE "post" (…);
//! -- aio-sql: dialect postgres
//! CREATE TABLE "post" (…);
//! -- aio-sql: foreign keys
//! ALTER TABLE "post" ADD …;
//! ```
//!
//! In place of the statements there may be `-- aio-sql: unsupported "…"`. The foreign keys stand
//! apart in a dialect in which they can only be created after the tables to which they refer.

use std::fmt::Write;
use std::panic::Location;
use std::path::Path;
use std::{env, fs};

use crate::dialect::Dialect;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::TableDef;
use crate::sql::{add_foreign_keys, create_table_before};

/// Writes the definition of a table to a file in the folder that the environment variable
/// `AIO_SQL_DUMP` names. Does nothing if the variable is not set. `module` is the path of the
/// module that contains the struct.
///
/// A test that `#[derive(Table)]` generates calls this function, so the caller's place in the
/// source is the place of the struct.
#[track_caller]
pub fn dump(table: &'static TableDef, module: &str) -> Result<()> {
    let Some(folder) = env::var_os("AIO_SQL_DUMP") else { return Ok(()) };
    let path = Path::new(&folder).join(format!("{}.{}.sql", module.replace("::", "."), table.rust_name));
    fs::write(&path, text(table, module, Location::caller())).map_err(|error| {
        let message = format!("the definition of {} cannot be written to {}", table.rust_name, path.display());
        Error::new(ErrorKind::Io, message).with_source(error)
    })
}

fn text(table: &TableDef, module: &str, place: &Location<'_>) -> String {
    let mut text = String::new();
    let mut line = |content: std::fmt::Arguments<'_>| {
        let _ = writeln!(text, "-- aio-sql: {content}");
    };
    line(format_args!("struct {:?}", format!("{module}::{}", table.rust_name)));
    line(format_args!("at {:?}", format!("{}:{}", place.file(), place.line())));
    line(format_args!("table {:?}", table.name));
    if let Some(schema) = table.schema {
        line(format_args!("schema {schema:?}"));
    }
    if let Some(was) = table.was {
        line(format_args!("was {was:?}"));
    }
    for column in table.columns {
        if let Some(was) = column.was {
            line(format_args!("column {:?} was {was:?}", column.name));
        }
        if let Some(expression) = column.backfill {
            line(format_args!("column {:?} backfill {expression:?}", column.name));
        }
    }
    for dialect in Dialect::ALL {
        let _ = writeln!(text, "-- aio-sql: dialect {}", dialect.name());
        match statements(dialect, table) {
            Ok((creation, keys)) => {
                let mark = (!keys.is_empty()).then(|| "-- aio-sql: foreign keys\n".to_owned());
                let line = |statement: String| format!("{statement};\n");
                text.extend(creation.into_iter().map(line).chain(mark).chain(keys.into_iter().map(line)));
            }
            Err(error) => {
                let _ = writeln!(text, "-- aio-sql: unsupported {:?}", error.to_string());
            }
        }
    }
    text
}

/// Returns the statements that create a table and its indexes, and those that add the foreign keys
/// which need the other tables.
fn statements(dialect: Dialect, table: &TableDef) -> Result<(Vec<String>, Vec<String>)> {
    table.check_foreign_keys()?;
    let parents: Vec<&TableDef> = table.foreign_keys.iter().map(|key| (key.table)()).collect();
    Ok((create_table_before(dialect, table, &parents)?, add_foreign_keys(dialect, table, &parents)?))
}
