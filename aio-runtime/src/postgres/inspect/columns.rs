//! The columns of tables and views.

use std::collections::HashMap;

use super::row::rows;
use crate::error::Result;
use crate::inspect::{Auto, Column, GeneratedColumn, Identity};
use crate::postgres::connection::Connection;
use crate::value::Param;

/// The columns of the tables and views `$1`.
const COLUMNS: &str = "select a.attrelid, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod),
    a.attnotnull or t.typnotnull,
    case when a.attgenerated = '' then pg_catalog.pg_get_expr(d.adbin, d.adrelid) end,
    case when a.attgenerated <> '' then pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) end,
    a.attgenerated = 's', a.attidentity::text, l.collname::text, pg_catalog.col_description(a.attrelid, a.attnum)
    from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
    left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    left join pg_catalog.pg_collation l on l.oid = a.attcollation and a.attcollation <> t.typcollation
    where a.attrelid = any($1::oid[]) and a.attnum > 0 and not a.attisdropped
    order by a.attrelid, a.attnum";

/// Reads the columns, by the number of their table.
pub(super) fn columns(connection: &mut Connection, relations: &Param) -> Result<HashMap<i64, Vec<Column>>> {
    let mut columns: HashMap<i64, Vec<Column>> = HashMap::new();
    for mut row in rows(connection, COLUMNS, std::slice::from_ref(relations))? {
        let (table, name, declared_type) = (row.number()?, row.text()?, row.text()?);
        let (not_null, default, expression) = (row.truth()?, row.optional_text()?, row.optional_text()?);
        let stored = row.truth()?;
        let identity = match row.text()?.as_str() {
            "a" => Some(Identity::Always),
            "d" => Some(Identity::ByDefault),
            _ => None,
        };
        let is_numbered = identity.is_some() || default.as_deref().is_some_and(is_next_number);
        columns.entry(table).or_default().push(Column {
            name,
            type_class: declared_type.clone(),
            declared_type,
            nullable: !not_null,
            default,
            collation: row.optional_text()?,
            generated: expression.map(|expression| GeneratedColumn { expression, stored }),
            auto: if is_numbered { Auto::Free } else { Auto::No },
            identity,
            hidden: false,
            comment: row.optional_text()?,
        });
    }
    Ok(columns)
}

/// Returns whether a default is the next number of a sequence, as that of a `serial` column is.
fn is_next_number(default: &str) -> bool {
    let sequence = default.strip_prefix("nextval('").and_then(|rest| rest.strip_suffix("'::regclass)"));
    sequence.is_some_and(|name| !name.replace("''", "").contains('\''))
}
