//! The order of tables by their foreign keys.

use super::Table;

/// The tables of a schema in the order of their foreign keys.
#[derive(Clone, Debug)]
pub struct KeyOrder<'a> {
    tables: Vec<&'a Table>,
    circles: Vec<Vec<&'a Table>>,
}

impl<'a> KeyOrder<'a> {
    /// Returns the tables. Each follows the tables that it refers to, except where foreign keys
    /// form a circle.
    pub fn tables(&self) -> &[&'a Table] {
        &self.tables
    }

    /// Returns the circles that were met: tables of which each refers to the next one, and the
    /// last to the first. Where circles share tables, some may be missing. A table that refers to
    /// itself does not count as a circle.
    pub fn circles(&self) -> &[Vec<&'a Table>] {
        &self.circles
    }

    pub(super) fn of(tables: &'a [Table]) -> KeyOrder<'a> {
        let mut order = KeyOrder { tables: Vec::with_capacity(tables.len()), circles: Vec::new() };
        let mut path = Vec::new();
        for table in tables {
            order.visit(table, tables, &mut path);
        }
        order
    }

    fn visit(&mut self, table: &'a Table, all: &'a [Table], path: &mut Vec<&'a Table>) {
        if let Some(start) = path.iter().position(|before| std::ptr::eq(*before, table)) {
            if start + 1 < path.len() {
                self.circles.push(path[start..].to_vec());
            }
            return;
        }
        if self.tables.iter().any(|before| std::ptr::eq(*before, table)) {
            return;
        }
        path.push(table);
        for key in &table.foreign_keys {
            let is_parent =
                |other: &&Table| other.schema == table.schema && other.name.eq_ignore_ascii_case(&key.table);
            if let Some(parent) = all.iter().find(is_parent) {
                self.visit(parent, all, path);
            }
        }
        path.pop();
        self.tables.push(table);
    }
}
