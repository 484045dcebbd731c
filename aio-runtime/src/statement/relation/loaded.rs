//! The rows of a query with relations, as the database returned them, and an index of these rows
//! by the keys of their parent rows.

use std::collections::HashMap;
use std::ops::Range;

use super::plan::{KeyColumn, Planned};
use crate::error::Result;
use crate::row::{FromRow, Labels, RowRef};
use crate::row_batch::{Packed, RowBatch};
use crate::schema::{Collation, TableDef};
use crate::value::{Value, ValueRef};

/// The rows of all statements of a query with relations.
#[derive(Debug)]
pub struct Loaded {
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    planned: Planned,
    labels: Labels,
    batches: Vec<RowBatch>,
    rows: Vec<RowAt>,
    /// For each key, the indexes of the first and the last row with this key. [`RowAt::next`]
    /// links the rows between them.
    rows_by_key: HashMap<Key, (usize, usize)>,
}

/// Where a row is: the index of its batch, the byte at which it begins there, and the index of the
/// next row with the same key.
#[derive(Debug)]
struct RowAt {
    batch: usize,
    at: usize,
    next: Option<usize>,
}

/// The values of a key, in a form in which keys that belong together are equal.
#[derive(Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A single integer.
    Integer(i64),
    /// Any other key: the type, the length and the bytes of each value, with the case of text
    /// folded if the collation ignores it.
    Packed(Box<[u8]>),
}

impl Loaded {
    pub(crate) fn new(planned: Vec<Planned>) -> Loaded {
        let step = |planned: Planned| Step {
            labels: planned.query.labels(),
            planned,
            batches: Vec::new(),
            rows: Vec::new(),
            rows_by_key: HashMap::new(),
        };
        Loaded { steps: planned.into_iter().map(step).collect() }
    }

    /// Adds rows that the statement with the index `step` has returned.
    ///
    /// # Errors
    /// If a key cannot be read.
    pub(crate) fn add(&mut self, step: usize, batch: RowBatch) -> Result<()> {
        let Some(step) = self.steps.get_mut(step) else { return Ok(()) };
        let (number, mut at) = (step.batches.len(), 0);
        for _ in 0..batch.rows() {
            let row = step.rows.len();
            step.rows.push(RowAt { batch: number, at, next: None });
            if !step.planned.parent_key.is_empty()
                && let Some(key) = key(&batch, at, &step.planned.parent_key)?
            {
                let (_, last) = step.rows_by_key.entry(key).or_insert((row, row));
                if *last != row {
                    step.rows[*last].next = Some(row);
                    *last = row;
                }
            }
            for _ in 0..step.planned.width {
                batch.skip(&mut at)?;
            }
        }
        step.batches.push(batch);
        Ok(())
    }

    /// Returns the number of rows of the first statement.
    pub(crate) fn len(&self) -> usize {
        self.steps.first().map_or(0, |step| step.rows.len())
    }

    /// Reads the row with the index `row` of the statement with the index `step`.
    pub(super) fn read<O: FromRow>(&self, step: usize, row: usize) -> Result<O::Read> {
        let Step { planned, labels, batches, rows, .. } = &self.steps[step];
        let RowAt { batch, at, .. } = rows[row];
        RowRef::new(&batches[batch], at, labels).read_within::<O>(planned.width)
    }

    /// Returns the values of these columns of a row, as the database returned them.
    pub(crate) fn values(&self, step: usize, row: usize, columns: Range<usize>) -> Result<Vec<Value>> {
        let Step { batches, rows, .. } = &self.steps[step];
        let RowAt { batch, mut at, .. } = rows[row];
        for _ in 0..columns.start {
            batches[batch].skip(&mut at)?;
        }
        columns.map(|_| batches[batch].read(&mut at).map(Value::from)).collect()
    }

    /// Reads the count, which is the last column in a row of a counting statement.
    pub(super) fn count(&self, step: usize, row: usize) -> Result<u64> {
        let Step { planned, labels, batches, rows, .. } = &self.steps[step];
        let RowAt { batch, mut at, .. } = rows[row];
        for _ in 1..planned.width {
            batches[batch].skip(&mut at)?;
        }
        u64::from_row(&mut RowRef::new(&batches[batch], at, labels))
    }

    /// Returns the index of the statement of a relation, and the key that the relation's rows have
    /// if they belong to this row. The key is `None` if it contains NULL, so that no rows belong
    /// to this row.
    pub(super) fn related_key(&self, step: usize, row: usize, relation: usize) -> Result<(usize, Option<Key>)> {
        let Step { planned, batches, rows, .. } = &self.steps[step];
        let (RowAt { batch, at, .. }, below) = (&rows[row], &planned.relations[relation]);
        Ok((below.step, key(&batches[*batch], *at, &below.key)?))
    }

    /// Returns the table of the parent rows of a statement. For the first statement, returns the
    /// table that it reads.
    pub(super) fn parent(&self, step: usize) -> &'static TableDef {
        self.steps[step].planned.parent
    }

    /// Returns the indexes of the rows with this key, in the order in which they arrived.
    pub(super) fn rows_of(&self, step: usize, key: Option<&Key>) -> impl Iterator<Item = usize> {
        let step = &self.steps[step];
        let first = key.and_then(|key| step.rows_by_key.get(key)).map(|(first, _)| *first);
        std::iter::successors(first, |row| step.rows[*row].next)
    }
}

/// Returns the key of the row that begins at the byte `at`, or `None` if it contains NULL.
fn key(batch: &RowBatch, at: usize, columns: &[KeyColumn]) -> Result<Option<Key>> {
    if let [column] = columns
        && let Packed::Value(ValueRef::Integer(value)) = value(batch, at, column.index)?
    {
        return Ok(Some(Key::Integer(value)));
    }
    let mut packed = Vec::with_capacity(32);
    for column in columns {
        let (kind, bytes) = match value(batch, at, column.index)? {
            Packed::Text(text) => (b't', folded(text, column.collation)),
            Packed::Value(ValueRef::Null) => return Ok(None),
            Packed::Value(ValueRef::Integer(value)) => (b'i', value.to_le_bytes().to_vec()),
            Packed::Value(ValueRef::Real(value)) => (b'r', value.to_le_bytes().to_vec()),
            Packed::Value(ValueRef::Text(text)) => (b't', folded(text.as_bytes(), column.collation)),
            Packed::Value(ValueRef::Blob(bytes)) => (b'b', bytes.to_vec()),
            // Equal decimals have the same text, whatever their scales.
            Packed::Value(time_or_decimal) => (b'd', time_or_decimal.text_form().into_bytes()),
        };
        packed.push(kind);
        packed.extend_from_slice(&bytes.len().to_le_bytes());
        packed.extend_from_slice(&bytes);
    }
    Ok(Some(Key::Packed(packed.into_boxed_slice())))
}

fn value(batch: &RowBatch, mut at: usize, index: usize) -> Result<Packed<'_>> {
    for _ in 0..index {
        batch.skip(&mut at)?;
    }
    batch.read_packed(&mut at)
}

/// Returns a text that is the same for all texts that the collation compares as equal. For a
/// collation that the user registers, only equal texts count as equal.
fn folded(text: &[u8], collation: Option<Collation>) -> Vec<u8> {
    match collation {
        Some(Collation::NoCase) => text.to_ascii_lowercase(),
        Some(Collation::Unicode) => crate::types::folded(&String::from_utf8_lossy(text)).into_bytes(),
        Some(Collation::RTrim) => {
            let end = text.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
            text[..end].to_vec()
        }
        None | Some(Collation::Binary | Collation::Named(_)) => text.to_vec(),
    }
}
