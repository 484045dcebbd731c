//! ON CONFLICT and RETURNING of an insert.

use super::conflict::Conflict;
use super::returning::Returned;
use crate::schema::TableDef;

/// The clauses that follow the values of an insert: ON CONFLICT and RETURNING.
#[derive(Clone, Debug, Default)]
pub(crate) struct InsertClauses {
    /// The ON CONFLICT clause.
    pub(crate) conflict: Option<Box<Conflict>>,
    /// The RETURNING clause.
    pub(crate) returned: Returned,
    /// Whether the statement returns, after the other columns, a flag that says whether the row
    /// already existed.
    pub(crate) flags_existing: bool,
}

impl InsertClauses {
    /// Returns whether the insert has neither ON CONFLICT nor a RETURNING clause of selected
    /// columns. RETURNING of the whole row is allowed.
    pub(crate) fn is_plain(&self) -> bool {
        self.conflict.is_none() && !matches!(self.returned, Returned::Columns(_))
    }

    /// Returns whether the outcome of an insert has the id of the last inserted row. It has none
    /// if the table has no rowid, or if the insert may update a row instead, because the database
    /// would then report the id of an earlier insert.
    pub(crate) fn report_id(&self, table: &TableDef) -> bool {
        let updates = self.conflict.as_ref().is_some_and(|conflict| conflict.update.is_some());
        !table.without_rowid && !updates
    }
}
