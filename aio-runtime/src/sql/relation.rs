//! The texts of a query with relations.

use super::select::select;
use super::writer::SqlText;
use crate::dialect::Dialect;
use crate::error::Result;
use crate::statement::{With, plan};

impl<T, O> With<T, O> {
    /// The texts and the values that the database gets: one statement, and one for each relation.
    ///
    /// # Errors
    /// As [`Select::to_sql`](crate::Select::to_sql), and
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) where the query is grouped or `distinct`, or
    /// a relation has a `limit`.
    pub fn to_sql(&self, dialect: Dialect) -> Result<Vec<SqlText>> {
        plan(self.query.clone(), &self.branches).iter().map(|step| select(dialect, &step.query)).collect()
    }
}
