//! Names the schemas of tables in the errors of a database, which name only the tables.

use crate::error::{Error, ErrorKind};
use crate::schema::TableDef;

/// Returns the error of a statement that has written to `table`. A table that has a schema is
/// named with it, as its struct does.
pub(super) fn with_schemas(table: &TableDef, error: Error) -> Error {
    // A statement can also change tables of other schemas, by a trigger or a foreign key.
    let is_elsewhere = table.schema.is_some() && error.schema().is_some_and(|other| Some(other) != table.schema);
    let is_it = |name: &str| table.schema.is_some() && name.eq_ignore_ascii_case(table.name) && !is_elsewhere;
    let (mut kind, mut message) = (error.kind().clone(), error.message().to_owned());
    match &mut kind {
        ErrorKind::Unique { table: name, .. }
        | ErrorKind::NotNull { table: name, .. }
        | ErrorKind::Datatype { table: name, .. }
        | ErrorKind::Check { table: name, .. }
            if is_it(name.as_str()) =>
        {
            if let Some(rest) = message.strip_prefix(name.as_str()) {
                message = format!("{}{rest}", table.full_name);
            }
            table.full_name.clone_into(name);
        }
        ErrorKind::ForeignKey { table: child, columns, references } if !child.is_empty() => {
            let Some((child_name, parent_name)) = names(table, child, columns, references, error.schema()) else {
                return error;
            };
            message = match message.strip_prefix(&format!("{child}.")).and_then(|rest| rest.split_once(": ")) {
                Some((columns, rest)) => {
                    let rest = rest.strip_prefix(references.as_str()).unwrap_or(rest);
                    let rest = rest.replace(&format!(" {child} "), &format!(" {child_name} "));
                    format!("{child_name}.{columns}: {parent_name}{rest}")
                }
                None => {
                    format!(
                        "{parent_name}: a row of {child_name} refers to the row, or the row to which it refers is missing"
                    )
                }
            };
            (*child, *references) = (child_name, parent_name);
        }
        _ => return error,
    }
    error.with_kind_and_message(kind, message)
}

/// Returns the names of the two tables of a violated foreign key with their schemas, or `None` if
/// they are named as they should be, or if they are not known. `schema` is that of the child
/// table, if the database has told it.
fn names(
    table: &TableDef,
    child: &str,
    columns: &[String],
    references: &str,
    schema: Option<&str>,
) -> Option<(String, String)> {
    let is_own = child == table.name && (table.schema.is_none() || schema.is_none() || schema == table.schema);
    let is_key = |of: &mut dyn Iterator<Item = &'static str>| columns.is_empty() || of.eq(columns);
    let mut keys = table.foreign_keys.iter();
    let key = keys.find(|key| (key.table)().name == references && is_key(&mut key.columns()));
    let names = match (is_own, key) {
        (true, Some(key)) => (table.full_name.to_owned(), (key.table)().full_name.to_owned()),
        (_, _) if references != table.name => return None,
        (true, None) => (table.full_name.to_owned(), table.full_name.to_owned()),
        // A table of the schema `public` is usually found without it.
        (false, _) => match schema.filter(|schema| table.schema.is_some() && *schema != "public") {
            Some(schema) => (format!("{schema}.{child}"), table.full_name.to_owned()),
            None => (child.to_owned(), table.full_name.to_owned()),
        },
    };
    (names.0 != child || names.1 != references).then_some(names)
}
