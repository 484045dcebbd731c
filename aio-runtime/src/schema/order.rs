//! The order in which tables are created: parent tables come before the tables that refer to them.

use super::TableDef;

/// Returns the tables, without duplicates, sorted by their foreign keys: each table follows the
/// tables that it refers to. If tables refer to each other in a circle, one of them comes before a
/// table that it refers to. Parent tables that are not in `tables` are not added.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::schema::in_foreign_key_order;
/// # fn main() -> Result<()> {
/// let tables = in_foreign_key_order(&[Post::TABLE, User::TABLE]);
/// assert_eq!(tables.iter().map(|table| table.name).collect::<Vec<_>>(), ["user", "post"]);
/// # Ok(())
/// # }
/// ```
pub fn in_foreign_key_order(tables: &[&'static TableDef]) -> Vec<&'static TableDef> {
    let mut ordered = Vec::with_capacity(tables.len());
    let mut visited = Vec::with_capacity(tables.len());
    for table in tables {
        visit(table, tables, &mut visited, &mut ordered);
    }
    ordered
}

fn visit(
    table: &'static TableDef,
    tables: &[&'static TableDef],
    visited: &mut Vec<&'static TableDef>,
    ordered: &mut Vec<&'static TableDef>,
) {
    if visited.iter().any(|other| other.is_same_table(table)) {
        return;
    }
    visited.push(table);
    for key in table.foreign_keys {
        let target = (key.table)();
        if tables.iter().any(|table| table.is_same_table(target)) {
            visit(target, tables, visited, ordered);
        }
    }
    ordered.push(table);
}
