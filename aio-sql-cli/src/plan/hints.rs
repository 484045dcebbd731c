//! What the attributes of the structs say about earlier names and about the values of new columns.

use std::collections::BTreeMap;

/// What the attributes of the structs say about earlier names and about the values of new columns.
///
/// An attribute stays in the source after its step was made. An earlier name is used only if the
/// schema has it and lacks the new name, and a backfill only if the column is new or becomes NOT
/// NULL.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    tables: BTreeMap<String, TableHints>,
}

/// What the attributes of one struct say.
#[derive(Clone, Debug, Default)]
pub struct TableHints {
    /// The place of the struct in the source, such as `src/models.rs:12`.
    pub place: Option<String>,
    /// The earlier name of the table, `#[table(was = "…")]`.
    pub was: Option<String>,
    columns: BTreeMap<String, ColumnHints>,
}

/// What the attributes of one field say.
#[derive(Clone, Debug, Default)]
pub struct ColumnHints {
    /// The earlier name of the column, `#[column(was = "…")]`.
    pub was: Option<String>,
    /// The SQL expression for the values of existing rows, `#[column(backfill = sql("…"))]`.
    pub backfill: Option<String>,
}

impl Hints {
    /// Returns the hints of a table, and adds empty ones if there are none yet.
    pub fn table_mut(&mut self, table: &str) -> &mut TableHints {
        self.tables.entry(table.to_ascii_lowercase()).or_default()
    }

    /// Returns the hints of a table.
    pub fn table(&self, table: &str) -> Option<&TableHints> {
        self.tables.get(&table.to_ascii_lowercase())
    }

    /// Returns the expression that gives a column its values in existing rows.
    pub(super) fn backfill(&self, table: &str, column: &str) -> Option<&str> {
        self.table(table)?.column(column)?.backfill.as_deref()
    }

    /// Returns the file and line of a struct in the form ` (src/lib.rs:12)`; empty if they are not
    /// known.
    pub(super) fn place(&self, table: &str) -> String {
        let place = self.table(table).and_then(|hints| hints.place.as_deref());
        place.map(|place| format!(" ({place})")).unwrap_or_default()
    }
}

impl TableHints {
    /// Returns the hints of a column, and adds empty ones if there are none yet.
    pub fn column_mut(&mut self, column: &str) -> &mut ColumnHints {
        self.columns.entry(column.to_ascii_lowercase()).or_default()
    }

    /// Returns the hints of a column.
    pub fn column(&self, column: &str) -> Option<&ColumnHints> {
        self.columns.get(&column.to_ascii_lowercase())
    }
}
