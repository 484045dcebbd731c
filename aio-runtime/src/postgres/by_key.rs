//! Reads of rows by a key: those that wait together run as one statement.
//!
//! `SELECT .. WHERE "id" = $1` for several keys is `SELECT .. WHERE "id" = ANY($1)` for the array
//! of the keys. Each row of the result has its key, which says to which reads it belongs. The
//! server takes a fraction of the time for it: most of a read by a key is the beginning and the
//! end of its execution.

use super::message::Column;
use super::oid::{self, Oid};
use super::statement::Statement;
use crate::engine::{PipelineSink, RowSink, StatementOfRequest};
use crate::error::Result;
use crate::row::Expected;
use crate::row_batch::RowBatch;
use crate::value::{Param, Value, ValueRef};

/// The form of a read by a key that reads the rows of several keys.
#[derive(Debug)]
pub(super) struct ByKey {
    /// The statement for an array of keys.
    pub(super) text: Box<str>,
    /// The index of the key in the columns of the result.
    column: usize,
}

impl ByKey {
    /// Returns the form of a typed statement for several keys. Returns `None` if the statement
    /// does not select columns of a table by one key, or if keys of its type may be equal although
    /// their bytes differ.
    pub(super) fn of(text: &str, parameters: &[Oid], columns: &[Column]) -> Option<ByKey> {
        let [key @ (oid::INT2 | oid::INT4 | oid::INT8 | oid::UUID)] = parameters else { return None };
        let (selected, name) = text.strip_suffix("\" = $1")?.rsplit_once(" WHERE \"")?;
        // DISTINCT and WITH come before the first column, with AS a column may have the name of
        // another one, and of a compound query this is only the last part.
        let has_more = [" AS ", " UNION ", " INTERSECT ", " EXCEPT "].iter().any(|word| selected.contains(word));
        if name.contains('"') || !selected.starts_with("SELECT \"") || has_more {
            return None;
        }
        // Expressions, such as aggregates, are of no table.
        let column = columns.iter().position(|column| column.name == name && column.ty == *key)?;
        let are_columns = columns.iter().all(|column| column.table != 0);
        are_columns.then(|| ByKey { text: format!("{selected} WHERE \"{name}\" = ANY($1)").into(), column })
    }

    /// Returns whether the statement with an array reads the same columns as the other one.
    pub(super) fn fits(statement: &Statement, many: &Statement) -> bool {
        many.columns == statement.columns && many.parameters.len() == 1
    }
}

/// The key of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Integer(i64),
    Uuid([u8; 16]),
}

impl Key {
    /// Returns the key by which a statement reads, or `None` if its value is of another type.
    pub(super) fn of(statement: &StatementOfRequest<'_>) -> Option<Key> {
        match statement {
            StatementOfRequest::Statement { params: [Param::Value(value)], exact: false, .. } => {
                Key::of_value(value.as_ref())
            }
            _ => None,
        }
    }

    fn of_value(value: ValueRef<'_>) -> Option<Key> {
        match value {
            ValueRef::Integer(number) => Some(Key::Integer(number)),
            ValueRef::Blob(bytes) => bytes.try_into().ok().map(Key::Uuid),
            _ => None,
        }
    }

    pub(super) fn value(self) -> Value {
        match self {
            Key::Integer(number) => Value::Integer(number),
            Key::Uuid(bytes) => Value::Blob(bytes.to_vec()),
        }
    }
}

/// Gives each row to the reads of its key.
pub(super) struct Distribution<'a> {
    sink: &'a mut dyn PipelineSink,
    /// The reads, by their numbers in the pipeline.
    keys: &'a [(Key, usize)],
    /// The index of the key in the columns of a row.
    column: usize,
    row: RowBatch,
    /// The reads that want no more rows.
    ended: Vec<usize>,
}

impl<'a> Distribution<'a> {
    pub(super) fn new(
        sink: &'a mut dyn PipelineSink,
        keys: &'a [(Key, usize)],
        by_key: Option<&ByKey>,
    ) -> Distribution<'a> {
        let column = by_key.map_or(0, |by_key| by_key.column);
        Distribution { sink, keys, column, row: RowBatch::default(), ended: Vec::new() }
    }

    fn key(&self) -> Result<Option<Key>> {
        let mut at = 0;
        for _ in 0..self.column {
            self.row.skip(&mut at)?;
        }
        self.row.read(&mut at).map(Key::of_value)
    }
}

impl RowSink for Distribution<'_> {
    fn columns(&mut self, names: &mut dyn Iterator<Item = &str>) {
        let names: Vec<_> = names.collect();
        for (_, number) in self.keys {
            self.sink.rows(*number).columns(&mut names.iter().copied());
        }
    }

    fn expected(&self) -> Option<&'static Expected> {
        None
    }

    fn batch(&mut self) -> &mut RowBatch {
        &mut self.row
    }

    fn end_row(&mut self) -> bool {
        if let Ok(Some(key)) = self.key() {
            for (_, number) in self.keys.iter().filter(|(other, _)| *other == key) {
                if self.ended.contains(number) {
                    continue;
                }
                let rows = self.sink.rows(*number);
                rows.batch().append(&self.row);
                if !rows.end_row() {
                    self.ended.push(*number);
                }
            }
        }
        self.row.clear();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::decode::Decoder;

    fn column(name: &str, ty: Oid, table: Oid) -> Column {
        Column { name: name.to_owned(), ty, modifier: -1, table, decoder: Decoder::of(ty) }
    }

    #[test]
    fn only_reads_of_columns_by_one_key_are_merged() {
        let columns = [column("id", oid::INT8, 7), column("name", oid::TEXT, 7)];
        let merged = |text: &str| ByKey::of(text, &[oid::INT8], &columns).map(|by_key| by_key.text);
        assert_eq!(
            merged(r#"SELECT "id", "name" FROM "item" WHERE "id" = $1"#).as_deref(),
            Some(r#"SELECT "id", "name" FROM "item" WHERE "id" = ANY($1)"#)
        );
        for text in [
            r#"SELECT "id", "name" FROM "item""#,
            r#"SELECT "id", "name" FROM "item" WHERE "number" = $1"#,
            r#"SELECT "id", "name" FROM "item" WHERE "item"."id" = $1"#,
            r#"SELECT "id", "name" FROM "item" WHERE "id" = $1 LIMIT 1"#,
            r#"SELECT "id", "name" FROM "item" WHERE "x" AND "id" = $1"#,
            r#"SELECT DISTINCT ON ("name") "id", "name" FROM "item" WHERE "id" = $1"#,
            r#"SELECT "other" AS "id", "name" FROM "item" WHERE "id" = $1"#,
            r#"SELECT "id", "name" FROM "item" UNION SELECT "id", "name" FROM "item" WHERE "id" = $1"#,
            r#"WITH "a" ("id") AS (SELECT 1) SELECT "id" FROM "a" WHERE "id" = $1"#,
        ] {
            assert_eq!(merged(text), None, "{text}");
        }
        let text = r#"SELECT "id", "name" FROM "item" WHERE "id" = $1"#;
        assert!(ByKey::of(text, &[oid::TEXT], &columns).is_none(), "texts may be equal in several forms");
        assert!(ByKey::of(text, &[oid::INT8, oid::INT8], &columns).is_none());
        assert!(ByKey::of(text, &[oid::INT4], &columns).is_none(), "it is not the type of the column");
        let counted = [column("id", oid::INT8, 7), column("count", oid::INT8, 0)];
        assert!(ByKey::of(text, &[oid::INT8], &counted).is_none(), "an aggregate is of all rows");
        assert!(ByKey::of(text, &[oid::INT8], &columns[1..]).is_none(), "the key is not in the rows");
    }
}
