//! The order in which tables are made: those that others lead to come first.

use super::TableDef;

/// Puts tables in the order of their foreign keys, each once: a table stands behind those that it
/// leads to. In a circle the table that was named first stands last. Tables that are not among
/// them are left out.
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
