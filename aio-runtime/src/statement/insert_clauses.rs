//! ON CONFLICT and RETURNING of an insert.

use super::conflict::Conflict;
use super::returning::Returned;

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

    /// Returns whether existing rows may be updated, whose ids are not those of inserted rows.
    pub(crate) fn updates(&self) -> bool {
        self.conflict.as_ref().is_some_and(|conflict| conflict.update.is_some())
    }
}
