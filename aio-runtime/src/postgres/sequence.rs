//! The sequences that number rows, after rows were inserted with numbers of their own.
//!
//! PostgreSQL does not notice such numbers, and would give them out again.

use super::insert::target;
use crate::error::Result;
use crate::row_batch::RowBatch;
use crate::sql::InsertStatement;
use crate::value::{Value, ValueRef};

/// Moves the sequence of a column forward, so that it gives out no number up to the given one.
pub(super) const SET_SEQUENCE: &str = "SELECT setval(own.sequence, $3::bigint) \
    FROM (SELECT pg_get_serial_sequence($1, $2)::regclass AS sequence) AS own \
    WHERE own.sequence IS NOT NULL AND has_sequence_privilege(own.sequence, 'UPDATE') \
    AND $3::bigint > coalesce(pg_sequence_last_value(own.sequence), 0)";

/// The highest of the numbers that rows bring with them.
pub(super) struct Highest<'a> {
    statement: &'a InsertStatement,
    number: Option<i64>,
}

impl<'a> Highest<'a> {
    pub(super) fn of(statement: &'a InsertStatement) -> Highest<'a> {
        Highest { statement, number: None }
    }

    /// Takes the number of the row that begins at the byte `at` into account.
    pub(super) fn see(&mut self, values: &RowBatch, mut at: usize) -> Result<()> {
        let Some(place) = self.statement.numbered else { return Ok(()) };
        for _ in 0..place {
            values.skip(&mut at)?;
        }
        if let ValueRef::Integer(number) = values.read(&mut at)? {
            self.number = self.number.max(Some(number));
        }
        Ok(())
    }

    /// Returns the values for [`SET_SEQUENCE`], or `None` if no row has a number of its own.
    pub(super) fn values(&self) -> Option<[Value; 3]> {
        let (number, place) = (self.number.filter(|number| *number > 0)?, self.statement.numbered?);
        let (table, _) = target(self.statement)?;
        let column = self.statement.columns.get(place)?;
        Some([Value::Text(table.to_owned()), Value::Text((*column).to_owned()), Value::Integer(number)])
    }
}
