//! `to_sql` of a query with relations, which consists of several statements.

use super::select::select;
use super::writer::SqlText;
use crate::dialect::Dialect;
use crate::error::Result;
use crate::statement::{With, plan};

impl<T, O> With<T, O> {
    /// Returns the texts and the values that are sent to the database: one statement for the
    /// query, and one for each relation.
    ///
    /// # Errors
    /// The errors of [`Select::to_sql`](crate::Select::to_sql), and
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the query is grouped or `distinct`, or if
    /// a relation has a `limit`.
    pub fn to_sql(&self, dialect: Dialect) -> Result<Vec<SqlText>> {
        plan(self.query.clone(), &self.relations).iter().map(|step| select(dialect, &step.query)).collect()
    }
}
