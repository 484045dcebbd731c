//! The order in which tables are created: a table follows those that it refers to.

use super::TableDef;

/// Sorts tables by their foreign keys and removes duplicates: a table follows those that it refers
/// to. In a circle, the table that was named first is the last. Referenced tables that are not
/// among them are not added.
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
