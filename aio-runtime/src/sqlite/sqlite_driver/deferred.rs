//! Deferred foreign keys, of whose violation SQLite tells only at the commit.

use rusqlite::Connection;

use super::super::reading::contains;
use crate::sql::begins_with_one_of;

/// The tables with deferred foreign keys and those that they lead to, at a version of the schema.
pub(super) struct DeferredKeys {
    version: i64,
    tables: Vec<(String, String)>,
}

impl DeferredKeys {
    /// Returns the keys of the schema as it is now, if there are any; `known` are those that were
    /// read last.
    pub(super) fn current<'a>(known: &'a mut Option<DeferredKeys>, raw: &Connection) -> Option<&'a DeferredKeys> {
        let version = || raw.prepare_cached("PRAGMA schema_version")?.query_row([], |row| row.get(0));
        // Where the schema cannot be read, nothing can be written either, and each says so.
        let version: i64 = version().ok()?;
        if known.as_ref().is_none_or(|known| known.version != version) {
            *known = DeferredKeys::read(raw, version).ok();
        }
        known.as_ref().filter(|known| !known.tables.is_empty())
    }

    fn read(raw: &Connection, version: i64) -> rusqlite::Result<DeferredKeys> {
        let mut found = raw.prepare_cached(
            "SELECT child.name, key.\"table\" FROM sqlite_schema AS child, pragma_foreign_key_list(child.name) AS key \
             WHERE child.sql LIKE '%initially%deferred%'",
        )?;
        let tables = found.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(DeferredKeys { version, tables: tables.collect::<rusqlite::Result<_>>()? })
    }

    /// Returns whether a statement may violate such a key: it names the table with the key, or the
    /// one that the key refers to, unless it only inserts there.
    pub(super) fn concern(&self, text: &str) -> bool {
        let inserts =
            begins_with_one_of(text, &["insert"]) && !contains(text, "replace") && !contains(text, "do update");
        self.tables.iter().any(|(child, parent)| names(text, child) || !inserts && names(text, parent))
    }
}

/// Returns whether a name may stand in a text, in quotes or not
/// (<https://sqlite.org/lang_keywords.html>).
fn names(text: &str, name: &str) -> bool {
    if name.is_empty() {
        return ["\"\"", "[]", "``", "''"].iter().any(|empty| contains(text, empty));
    }
    // A quote in a name is doubled inside of such quotes.
    let in_quotes = |quote| name.contains(quote) && contains(text, &name.replace(quote, &format!("{quote}{quote}")));
    contains(text, name) || ['"', '`', '\''].into_iter().any(in_quotes)
}
