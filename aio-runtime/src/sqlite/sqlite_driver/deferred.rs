//! Finds the statements that may violate a deferred foreign key. They must not share a commit with
//! others, because SQLite reports the violation only at the commit.

use rusqlite::Connection;

use super::super::attached::quoted;
use super::super::statement_text::contains;
use crate::sql::begins_with_one_of;

/// A file whose tables may have deferred foreign keys, with the texts of the queries about it.
pub(super) struct Schema {
    name: String,
    version: String,
    deferred_keys: String,
}

impl Schema {
    /// Returns the file that was opened or attached with this name.
    pub(super) fn new(name: &str) -> Schema {
        let quoted = quoted(name);
        Schema {
            name: name.to_owned(),
            version: format!("PRAGMA {quoted}.schema_version"),
            deferred_keys: format!(
                "SELECT child.name, key.\"table\" \
                 FROM {quoted}.sqlite_schema AS child, pragma_foreign_key_list(child.name, ?) AS key \
                 WHERE child.sql LIKE '%initially%deferred%'"
            ),
        }
    }
}

/// The tables that have deferred foreign keys, each with the table it references, for one version
/// of the schema.
pub(super) struct DeferredKeys {
    /// The versions of the schemas of the file and of each attached one.
    versions: Vec<i64>,
    tables: Vec<(String, String)>,
}

impl DeferredKeys {
    /// Returns the deferred keys of the current schema, or `None` if it has none. `known` caches
    /// the last result.
    pub(super) fn current<'a>(
        known: &'a mut Option<DeferredKeys>,
        raw: &Connection,
        schemas: &[Schema],
    ) -> Option<&'a DeferredKeys> {
        let version = |schema: &Schema| raw.prepare_cached(&schema.version)?.query_row([], |row| row.get(0));
        // If a schema cannot be read, the statement fails and reports that itself.
        let versions: Vec<i64> = schemas.iter().map(version).collect::<rusqlite::Result<_>>().ok()?;
        if known.as_ref().is_none_or(|known| known.versions != versions) {
            *known = DeferredKeys::read(raw, schemas, versions).ok();
        }
        known.as_ref().filter(|known| !known.tables.is_empty())
    }

    fn read(raw: &Connection, schemas: &[Schema], versions: Vec<i64>) -> rusqlite::Result<DeferredKeys> {
        let mut tables = Vec::new();
        for schema in schemas {
            let mut found = raw.prepare_cached(&schema.deferred_keys)?;
            let found = found.query_map([&schema.name], |row| Ok((row.get(0)?, row.get(1)?)))?;
            tables.extend(found.collect::<rusqlite::Result<Vec<_>>>()?);
        }
        Ok(DeferredKeys { versions, tables })
    }

    /// Returns whether a statement may violate a deferred key: it names the table with the key, or
    /// it names the referenced table and does more than insert.
    pub(super) fn concern(&self, text: &str) -> bool {
        let inserts =
            begins_with_one_of(text, &["insert"]) && !contains(text, "replace") && !contains(text, "do update");
        self.tables.iter().any(|(child, parent)| names(text, child) || !inserts && names(text, parent))
    }
}

/// Returns whether a name may occur in a text, quoted or not
/// (<https://sqlite.org/lang_keywords.html>).
fn names(text: &str, name: &str) -> bool {
    if name.is_empty() {
        return ["\"\"", "[]", "``", "''"].iter().any(|empty| contains(text, empty));
    }
    // Inside quotes, a quote in a name is doubled.
    let in_quotes = |quote| name.contains(quote) && contains(text, &name.replace(quote, &format!("{quote}{quote}")));
    contains(text, name) || ['"', '`', '\''].into_iter().any(in_quotes)
}
