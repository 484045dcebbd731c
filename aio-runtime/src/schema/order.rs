//! The order in which tables are created: parent tables come before child tables.

use super::TableDef;

/// Sorts tables by their foreign keys, so that each table follows the tables that it refers to,
/// and removes duplicates. If tables refer to each other in a circle, the first of `tables` comes
/// last. Parent tables that are not in `tables` are not added.
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
    visited: &mut Vec<&'static str>,
    ordered: &mut Vec<&'static TableDef>,
) {
    if visited.contains(&table.name) {
        return;
    }
    visited.push(table.name);
    for key in table.foreign_keys {
        let target = (key.table)();
        if tables.iter().any(|table| table.name == target.name) {
            visit(target, tables, visited, ordered);
        }
    }
    ordered.push(table);
}
