//! ON CONFLICT and RETURNING of an insert.

use super::conflict::Conflict;
use super::returning::Returned;

/// The clauses behind the values of an insert: ON CONFLICT and RETURNING.
#[derive(Clone, Debug, Default)]
pub(crate) struct InsertClauses {
    /// ON CONFLICT: what happens where the row is there already.
    pub(crate) conflict: Option<Box<Conflict>>,
    /// RETURNING: what comes back.
    pub(crate) returned: Returned,
    /// Whether what comes back says, behind the row, that it was there already.
    pub(crate) tells: bool,
}

impl InsertClauses {
    /// Whether it is a plain insert, which gives the row or not.
    pub(crate) fn is_plain(&self) -> bool {
        self.conflict.is_none() && !matches!(self.returned, Returned::Columns(_))
    }

    /// Whether rows that were there may be updated: the number of such a row is not that of an
    /// inserted one.
    pub(crate) fn updates(&self) -> bool {
        self.conflict.as_ref().is_some_and(|conflict| conflict.update.is_some())
    }
}
