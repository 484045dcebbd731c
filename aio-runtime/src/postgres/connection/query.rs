//! Queries of the library itself.

use std::collections::HashMap;

use super::super::oid::Oid;
use super::{Connection, Run};
use crate::engine::RowSink;
use crate::error::Result;
use crate::row::Expected;
use crate::row_batch::RowBatch;
use crate::value::{Param, Value};

/// The rows of a query of the library, which are few.
#[derive(Default)]
struct Collected {
    batch: RowBatch,
}

impl RowSink for Collected {
    fn columns(&mut self, _names: &mut dyn Iterator<Item = &str>) {}

    fn expected(&self) -> Option<&'static Expected> {
        None
    }

    fn batch(&mut self) -> &mut RowBatch {
        &mut self.batch
    }

    fn end_row(&mut self) -> bool {
        self.batch.end_row();
        true
    }
}

/// Whether rows can be copied into a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::postgres) enum Copying {
    Never = 0,
    Plain = 1,
    /// They can, and the server checks them when all of them are there.
    CheckedAfterwards = 2,
}

impl Connection {
    /// Returns whether rows can be copied into a table, which `query` finds out. What it finds is
    /// remembered until it turns out to be wrong.
    pub(in crate::postgres) fn copying(&mut self, query: &str, table: &str) -> Result<Copying> {
        if let Some(copying) = self.copied.get(table) {
            return Ok(*copying);
        }
        let rows = self.query(query, &[Value::Text(table.to_owned()).into()])?;
        let copying = match rows.first().and_then(|row| row.first()) {
            Some(Value::Integer(1)) => Copying::Plain,
            Some(Value::Integer(2)) => Copying::CheckedAfterwards,
            _ => Copying::Never,
        };
        self.copied.insert(table.into(), copying);
        Ok(copying)
    }

    /// Forgets whether rows can be copied into a table.
    pub(in crate::postgres) fn forget_copying(&mut self, table: &str) {
        self.copied.remove(table);
    }

    /// Returns what is known of the types that were made in the database.
    pub(in crate::postgres) fn base_types(&mut self) -> &mut HashMap<Oid, Oid> {
        &mut self.base_types
    }

    /// Returns the rows of a query of the library.
    pub(in crate::postgres) fn query(&mut self, text: &str, params: &[Param]) -> Result<Vec<Vec<Value>>> {
        let mut collected = Collected::default();
        let mut run = Run { rows: &mut collected, is_wanted: true, may_be_cut: false, cut: &|| () };
        let width = self.prepare(text).map_err(|failure| failure.into_error(text))?.columns.len();
        self.execute(text, params, false, &mut run).map_err(|failure| failure.into_error(text))?;
        let (batch, mut at) = (collected.batch, 0);
        (0..batch.rows())
            .map(|_| (0..width).map(|_| batch.read(&mut at).map(Value::from)).collect::<Result<_>>())
            .collect()
    }
}
