//! The values that a database holds, as far as they tell the types of its columns.

use std::collections::{BTreeSet, HashMap};

use aio_sql::inspect::Schema;
use aio_sql::rusqlite::types::ValueRef;
use aio_sql::rusqlite::{self, Connection};

use aio_sql::{ErrorKind, Executor};

use super::forms::Shape;
use crate::generate::sql_text::quoted_name;

/// The maximum number of rows of each table or view that are looked at.
pub const VALUES: u64 = 10_000;

/// The maximum length in bytes of a text whose form is looked at. A longer text is taken for one
/// without a known form.
const LENGTH: usize = 100_000;

/// What was seen of the values of each column.
#[derive(Debug, Default)]
pub struct Samples(HashMap<(String, String), Seen>);

/// The values of one column that were seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) nulls: u64,
    pub(super) integers: u64,
    pub(super) reals: u64,
    pub(super) texts: u64,
    pub(super) blobs: u64,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    pub(super) shapes: BTreeSet<Shape>,
    /// Whether all blobs that were seen have 16 bytes.
    pub(super) are_of_16_bytes: bool,
    /// Whether all blobs have 16 bytes with the variant and a version of RFC 9562.
    pub(super) are_uuids: bool,
}

impl Samples {
    /// Looks at up to [`VALUES`] rows of each table and view.
    ///
    /// # Errors
    /// If a table cannot be read. A view that cannot be read is left out.
    ///
    /// # Cancellation
    /// If the future is dropped, the database stops reading.
    pub async fn of(executor: &Executor, schema: &Schema) -> aio_sql::Result<Samples> {
        let mut samples = Samples::default();
        let mut sources: Vec<(String, Vec<String>, bool)> = Vec::new();
        for table in schema.tables() {
            let columns = table.columns().iter().map(|column| column.name().to_owned());
            sources.push((table.name().to_owned(), columns.collect(), false));
        }
        for view in schema.views() {
            let columns = view.columns().iter().map(|column| column.name().to_owned());
            sources.push((view.name().to_owned(), columns.collect(), true));
        }
        for (source, columns, is_view) in sources {
            let of = source.clone();
            let seen = executor.run_read(move |raw| values(raw, &source, &columns)).await?;
            match seen {
                Ok(seen) => {
                    samples.0.extend(seen.into_iter().map(|(column, seen)| ((of.clone(), column), seen)));
                }
                Err(_) if is_view => {}
                Err(error) => {
                    let message = format!("the rows of `{of}` cannot be read: {error}");
                    return Err(aio_sql::Error::new(ErrorKind::Sql, message).with_source(error));
                }
            }
        }
        Ok(samples)
    }

    /// Returns what was seen of a column, or `None` if its table was not looked at or the column
    /// has only NULL.
    pub(super) fn column(&self, table: &str, column: &str) -> Option<&Seen> {
        let seen = self.0.get(&(table.to_owned(), column.to_owned()))?;
        (seen.count() > 0).then_some(seen)
    }

    /// Returns whether no table was looked at.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether a NULL was seen in a column.
    pub(super) fn has_null(&self, table: &str, column: &str) -> bool {
        self.0.get(&(table.to_owned(), column.to_owned())).is_some_and(|seen| seen.nulls > 0)
    }
}

fn values(raw: &Connection, source: &str, columns: &[String]) -> rusqlite::Result<Vec<(String, Seen)>> {
    let names = columns.iter().map(|column| quoted_name(column)).collect::<Vec<_>>().join(", ");
    let mut statement = raw.prepare(&format!("SELECT {names} FROM {} LIMIT {VALUES}", quoted_name(source)))?;
    let mut rows = statement.query([])?;
    let mut seen = vec![Seen { are_of_16_bytes: true, are_uuids: true, ..Seen::default() }; columns.len()];
    while let Some(row) = rows.next()? {
        for (place, seen) in seen.iter_mut().enumerate() {
            seen.add(row.get_ref(place)?);
        }
    }
    Ok(columns.iter().cloned().zip(seen).collect())
}

impl Seen {
    /// Returns the number of values that are not NULL.
    pub(super) fn count(&self) -> u64 {
        self.integers + self.reals + self.texts + self.blobs
    }

    fn add(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => self.nulls += 1,
            ValueRef::Integer(number) => {
                self.integers += 1;
                self.number(number as f64);
            }
            ValueRef::Real(number) => {
                self.reals += 1;
                self.number(number);
            }
            ValueRef::Text(text) => {
                self.texts += 1;
                let text = std::str::from_utf8(text).ok().filter(|text| text.len() <= LENGTH);
                self.shapes.insert(text.map_or(Shape::Other, Shape::of));
            }
            ValueRef::Blob(bytes) => {
                self.blobs += 1;
                let is_uuid = |bytes: &[u8; 16]| (1..=8).contains(&(bytes[6] >> 4)) && bytes[8] >> 6 == 0b10;
                let uuid = <&[u8; 16]>::try_from(bytes);
                self.are_of_16_bytes &= uuid.is_ok();
                self.are_uuids &= uuid.is_ok_and(is_uuid);
            }
        }
    }

    fn number(&mut self, number: f64) {
        self.min = Some(self.min.map_or(number, |min| min.min(number)));
        self.max = Some(self.max.map_or(number, |max| max.max(number)));
    }

    /// Returns whether all numbers are in this range, both ends included.
    pub(super) fn is_within(&self, min: f64, max: f64) -> bool {
        self.min.is_some_and(|smallest| smallest >= min) && self.max.is_some_and(|largest| largest <= max)
    }

    /// Returns the kinds of values that were seen, as words.
    pub(super) fn kinds(&self) -> Vec<&'static str> {
        let kinds = [
            (self.integers, "integers"),
            (self.reals, "floating-point numbers"),
            (self.texts, "texts"),
            (self.blobs, "blobs"),
        ];
        kinds.into_iter().filter(|(count, _)| *count > 0).map(|(_, kind)| kind).collect()
    }
}
