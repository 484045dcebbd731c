//! Decodes batches of rows into structs and other types.

use std::sync::Arc;

use crate::error::Result;
use crate::row::{ColumnNames, FromRow, Labels, RowRef, columns_by_name, too_wide};
use crate::row_batch::RowBatch;

/// A function that decodes all rows of a batch: [`Decoder::rows`] for one type of row.
pub(super) type ReadRows<R> = fn(&mut Decoder, &RowBatch, &mut Vec<R>) -> Result<()>;

/// A function that decodes one row of a batch: [`Decoder::row`] for one type of row.
pub(super) type ReadOne<R> = fn(&mut Decoder, &RowBatch, &mut usize) -> Result<R>;

/// Decodes the rows of a result, by position or by the names of a struct's columns.
pub(in crate::verb) struct Decoder {
    labels: Labels,
    /// The column names that the type reads, if it is a struct.
    wanted: Option<ColumnNames>,
    /// The name of the type, for errors.
    type_name: fn() -> &'static str,
    /// Whether the column names come from the database, as for raw SQL.
    named: bool,
    /// Whether a type that is read by position may leave the last columns of the result unread.
    lenient: bool,
    /// For each column of the struct, its index in the result; `None` if the columns of the result
    /// are in the order of the struct.
    order: Option<Vec<usize>>,
    /// The number of columns in the result; `usize::MAX` until the database has named them.
    width: usize,
    /// A buffer for the byte at which each value of a row begins, in the order of the result.
    starts: Vec<usize>,
    /// A buffer for the same bytes as in `starts`, in the order of the struct's columns.
    ordered_starts: Vec<usize>,
}

impl Decoder {
    /// Creates a decoder for a typed statement, whose columns are known.
    pub(in crate::verb) fn typed(labels: Labels) -> Decoder {
        let width = labels.len();
        Decoder {
            labels,
            wanted: None,
            type_name: || "",
            named: false,
            lenient: false,
            order: None,
            width,
            starts: Vec::new(),
            ordered_starts: Vec::new(),
        }
    }

    /// Creates a decoder for a raw statement, whose column names come from the database.
    pub(in crate::verb) fn named<O: FromRow>() -> Decoder {
        let (wanted, type_name) = (O::NAMES, std::any::type_name::<O>);
        Decoder { wanted, type_name, named: true, width: usize::MAX, ..Decoder::typed(Labels::Names(Arc::from([]))) }
    }

    /// Allows further columns after the columns that are read, and ignores them.
    pub(in crate::verb) fn lenient(mut self) -> Decoder {
        self.lenient = true;
        self
    }

    /// Sets the names of the result's columns, if they come from the database. Fails if a column
    /// that is read by its name is missing.
    pub(in crate::verb) fn names(&mut self, names: Arc<[String]>) -> Result<()> {
        if !self.named {
            return Ok(());
        }
        if let Some(wanted) = self.wanted {
            self.order = columns_by_name(wanted, &names, (self.type_name)())?;
        }
        self.width = names.len();
        self.labels = Labels::Names(match &self.order {
            Some(order) => order.iter().filter_map(|column| names.get(*column).cloned()).collect(),
            None => names,
        });
        Ok(())
    }

    /// Decodes the row that begins at the byte `*at`, and advances `*at` to the next row.
    #[inline]
    pub(in crate::verb) fn row<O: FromRow>(&mut self, batch: &RowBatch, at: &mut usize) -> Result<O::Read> {
        if self.order.is_some() {
            self.find_starts(batch, at)?;
            return O::read_row(&mut RowRef::with_starts(batch, &self.ordered_starts, &self.labels));
        }
        let mut row = RowRef::new(batch, *at, &self.labels);
        let value = row.read_within::<O>(self.width)?;
        *at = row.end();
        if let Labels::Names(names) = &self.labels {
            let read = row.columns_read();
            if read < names.len() && !self.lenient {
                return Err(too_wide((self.type_name)(), read, names));
            }
            for _ in read..names.len() {
                batch.skip(at)?;
            }
        }
        for _ in 0..self.labels.flags() {
            batch.skip(at)?;
        }
        Ok(value)
    }

    fn find_starts(&mut self, batch: &RowBatch, at: &mut usize) -> Result<()> {
        let Some(order) = &self.order else { return Ok(()) };
        self.starts.clear();
        for _ in 0..self.width {
            self.starts.push(*at);
            batch.skip(at)?;
        }
        self.ordered_starts.clear();
        self.ordered_starts.extend(order.iter().map(|column| self.starts.get(*column).copied().unwrap_or(usize::MAX)));
        Ok(())
    }

    /// Decodes all rows of a batch and appends them to `rows`.
    pub(in crate::verb) fn rows<O: FromRow>(&mut self, batch: &RowBatch, rows: &mut Vec<O::Read>) -> Result<()> {
        rows.reserve(batch.rows());
        let mut at = 0;
        for _ in 0..batch.rows() {
            rows.push(self.row::<O>(batch, &mut at)?);
        }
        Ok(())
    }
}
