//! ON CONFLICT and RETURNING of an insert.

use super::conflict::Conflict;
use super::returning::Returned;
use crate::schema::TableDef;

/// The clauses that follow the values of an insert: ON CONFLICT and RETURNING.
#[derive(Clone, Debug, Default)]
pub(crate) struct InsertClauses {
    /// ON CONFLICT: the action for rows that exist already.
    pub(crate) conflict: Option<Box<Conflict>>,
    /// RETURNING: the values that are returned.
    pub(crate) returned: Returned,
    /// Whether a flag is returned after the row that says whether it existed already.
    pub(crate) flags_existing: bool,
}

impl InsertClauses {
    /// Returns whether it has no clause, or only returns the whole row.
    pub(crate) fn is_plain(&self) -> bool {
        self.conflict.is_none() && !matches!(self.returned, Returned::Columns(_))
    }

    /// Returns whether an insert into the table reports the id of its last row: the table numbers
    /// its rows, and no existing row may be updated, whose id is not that of an inserted row.
    pub(crate) fn report_id(&self, table: &TableDef) -> bool {
        let updates = self.conflict.as_ref().is_some_and(|conflict| conflict.update.is_some());
        !table.without_rowid && !updates
    }
}
