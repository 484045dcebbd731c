//! What belongs to the structs, so that a step may drop it.

use std::collections::BTreeSet;

use aio_sql::inspect::{Difference, Part};

/// The tables and indexes that belong to the structs. Other tables, indexes, triggers and views of
/// the database stay as they are.
#[derive(Clone, Debug, Default)]
pub struct Owned {
    tables: BTreeSet<String>,
    indexes: BTreeSet<String>,
    everything: bool,
}

impl Owned {
    /// Creates the list of what belongs to the structs from the names of tables and of indexes.
    pub fn new<T: AsRef<str>, I: AsRef<str>>(
        tables: impl IntoIterator<Item = T>,
        indexes: impl IntoIterator<Item = I>,
    ) -> Owned {
        let lower = |name: &str| name.to_ascii_lowercase();
        Owned {
            tables: tables.into_iter().map(|name| lower(name.as_ref())).collect(),
            indexes: indexes.into_iter().map(|name| lower(name.as_ref())).collect(),
            everything: false,
        }
    }

    /// Creates a list of everything, also of views and triggers: the steps make the two schemas
    /// equal.
    pub fn everything() -> Owned {
        Owned { everything: true, ..Owned::default() }
    }

    /// Returns whether a table may be dropped.
    pub fn has_table(&self, name: &str) -> bool {
        self.everything || self.tables.contains(&name.to_ascii_lowercase())
    }

    /// Returns whether an index may be dropped.
    pub fn has_index(&self, name: &str) -> bool {
        self.everything || self.indexes.contains(&name.to_ascii_lowercase())
    }

    /// Returns whether a step must remove the difference. It need not if only the found schema has
    /// the table, index, trigger or view, and that does not belong to the structs.
    pub fn counts(&self, difference: &Difference<'_>) -> bool {
        match (difference.wanted(), difference.found()) {
            (None, Some(Part::Table(table))) => self.has_table(table.name()),
            (None, Some(Part::Index(index))) => self.has_index(index.name()),
            (None, Some(Part::Trigger(_) | Part::View(_))) => self.everything,
            _ => true,
        }
    }

    /// Returns the list after tables were renamed.
    pub(super) fn renamed(&self, tables: &[(String, String)]) -> Owned {
        let mut owned = self.clone();
        for (from, to) in tables {
            owned.tables.remove(&from.to_ascii_lowercase());
            owned.tables.insert(to.to_ascii_lowercase());
        }
        owned
    }
}
