//! What belongs to the structs, so that a step may drop it.

use std::collections::BTreeSet;

use aio_sql::inspect::{Difference, Part};

use super::name::Naming;
use super::renames::TableRename;

/// The tables and indexes that belong to the structs, by their full names: `post`, or `app.post`
/// if the schema is not the default one. Other tables, indexes, triggers and views of the database
/// stay as they are.
#[derive(Clone, Debug, Default)]
pub struct Owned {
    tables: BTreeSet<String>,
    indexes: BTreeSet<String>,
    everything: bool,
    /// The schemas in which nothing is owned.
    others: BTreeSet<String>,
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
            ..Owned::default()
        }
    }

    /// Creates a list of everything, also of views, triggers, sequences, types and schemas: the
    /// steps make the two schemas equal. What belongs to the schemas `others` stays.
    pub fn everything_but<'o>(others: impl IntoIterator<Item = &'o String>) -> Owned {
        Owned { everything: true, others: others.into_iter().cloned().collect(), ..Owned::default() }
    }

    /// Returns whether what belongs to a schema, or the schema itself, may be dropped although it
    /// is not listed.
    pub(super) fn has_schema(&self, schema: &str) -> bool {
        self.everything && !self.others.contains(schema)
    }

    /// Returns whether a table may be dropped.
    pub(super) fn has_table(&self, naming: Naming<'_>, schema: &str, name: &str) -> bool {
        self.has_schema(schema) || self.tables.contains(&naming.full(schema, name).to_ascii_lowercase())
    }

    /// Returns whether an index may be dropped.
    pub(super) fn has_index(&self, naming: Naming<'_>, schema: &str, name: &str) -> bool {
        self.has_schema(schema) || self.indexes.contains(&naming.full(schema, name).to_ascii_lowercase())
    }

    /// Returns whether a step must remove the difference. It need not if only the found schema has
    /// the table, index, trigger or view, and that does not belong to the structs; nor if a
    /// sequence or a type differs, of which no struct says anything.
    pub(crate) fn counts(&self, naming: Naming<'_>, difference: &Difference<'_>) -> bool {
        let schema = difference.schema();
        match (difference.wanted(), difference.found()) {
            (None, Some(Part::Table(table))) => self.has_table(naming, schema, table.name()),
            (None, Some(Part::Index(index))) => self.has_index(naming, schema, index.name()),
            (_, Some(Part::Sequence(_) | Part::Enum(_) | Part::Domain(_)))
            | (Some(Part::Sequence(_) | Part::Enum(_) | Part::Domain(_)), None)
            | (None, Some(Part::Trigger(_) | Part::View(_))) => self.has_schema(schema),
            // No struct says how a table is divided, or that it is not logged.
            (Some(Part::Options(_)), Some(Part::Options(found))) => {
                let is_of_hand = found.is_unlogged() || found.partition_key().is_some() || found.partition().is_some();
                self.everything || !is_of_hand && found.parents().is_empty()
            }
            _ => true,
        }
    }

    /// Returns the list after tables were renamed.
    pub(super) fn renamed(&self, tables: &[TableRename]) -> Owned {
        let mut owned = self.clone();
        for TableRename { from, to, indexes, .. } in tables {
            owned.tables.remove(&from.to_ascii_lowercase());
            owned.tables.insert(to.to_ascii_lowercase());
            for (from, to) in indexes {
                if owned.indexes.remove(&from.to_ascii_lowercase()) {
                    owned.indexes.insert(to.to_ascii_lowercase());
                }
            }
        }
        owned
    }
}
