//! What a statement writes to: of a view and of a virtual table SQLite counts and numbers in another way.

use rusqlite::{Connection, OptionalExtension};

use crate::sql::written_to;

/// What kind of table it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Table,
    View,
    Virtual,
}

impl Target {
    /// Looks up the table that a statement inserts into, updates or deletes from.
    pub(super) fn of(raw: &Connection, text: &str) -> Target {
        let kind = |(schema, name): (Option<String>, String)| {
            let mut found = raw.prepare_cached(
                "SELECT type FROM pragma_table_list(?1) WHERE ?2 IS NULL OR schema = ?2 COLLATE NOCASE \
                 ORDER BY schema = 'temp' DESC, schema = 'main' DESC LIMIT 1",
            )?;
            found.query_row((name, schema), |row| row.get::<_, String>(0)).optional()
        };
        match written_to(text).map(kind) {
            Some(Ok(Some(kind))) if kind == "view" => Target::View,
            Some(Ok(Some(kind))) if kind == "virtual" => Target::Virtual,
            _ => Target::Table,
        }
    }
}

/// Whether the table that a statement writes to holds values of the declared types alone.
pub(super) fn is_strict(raw: &Connection, text: &str) -> bool {
    let Some((schema, name)) = written_to(text) else { return false };
    let found =
        raw.prepare_cached("SELECT strict FROM pragma_table_list(?1) WHERE ?2 IS NULL OR schema = ?2 COLLATE NOCASE");
    let all = found.and_then(|mut found| {
        found.query_map((name, schema), |row| row.get(0))?.collect::<rusqlite::Result<Vec<bool>>>()
    });
    all.is_ok_and(|all| !all.is_empty() && all.iter().all(|strict| *strict))
}
