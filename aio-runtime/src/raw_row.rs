//! A row of a raw query, whose columns are known only when the query has run.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::row::{ColumnMatch, FromRow, Labels, RowRef, ambiguous, find_column};
use crate::row_batch::RowBatch;
use crate::types::ColumnType;
use crate::value::{Unredacted, Value};

/// A row of a raw query: the values and the names of its columns.
///
/// ```
/// # use aio_runtime::{Database, Result, Row, sql};
/// # async fn run(db: Database) -> Result<()> {
/// let row: Row = sql!("select 7 as n, 'x' as t").one(&db).await?;
/// assert_eq!(row.columns(), ["n", "t"]);
/// assert_eq!(row.get::<i64>("n")?, 7);
/// assert_eq!(row.get::<String>(1)?, "x");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
pub struct Row {
    names: Arc<[String]>,
    values: Vec<Value>,
}

impl Row {
    /// Returns the names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.names
    }

    /// Returns the values of the columns, as the database returned them.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Returns an iterator over the columns, as pairs of name and value. If several columns have
    /// the same name, a map that is collected from the iterator has only the last of them.
    ///
    /// ```
    /// # use std::collections::HashMap;
    /// # use aio_runtime::{Database, Result, Row, Value, sql};
    /// # async fn run(db: Database) -> Result<()> {
    /// let row: Row = sql!("select 7 as n, 'x' as t").one(&db).await?;
    /// let map: HashMap<&str, &Value> = row.iter().collect();
    /// assert_eq!(map["n"], &Value::Integer(7));
    /// # Ok(())
    /// # }
    /// ```
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.names.iter().map(String::as_str).zip(&self.values)
    }

    /// Returns the number of columns.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns whether there are no columns.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Returns the value of a column, by its index from 0 or by its name. The case of ASCII
    /// letters in the name is ignored, as in SQL.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage), with the names that exist, if there is no
    /// such column or several columns have the name;
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) if the value cannot be read as a `V`.
    pub fn get<V: ColumnType>(&self, column: impl ColumnIndex) -> Result<V> {
        let index = column.index_in(&self.names)?;
        let mut batch = RowBatch::default();
        batch.push(&self.values[index]);
        let label = Labels::Names(Arc::from([self.names[index].clone()]));
        V::read(&mut RowRef::new(&batch, 0, &label))
    }
}

#[diagnostic::do_not_recommend]
impl FromRow for Row {
    type Read = Row;
    const WIDTH: usize = 0;
    const TAKES_REST: bool = true;

    fn from_row(row: &mut RowRef<'_>) -> Result<Row> {
        let names = row.names_left();
        let mut values = Vec::with_capacity(names.len());
        for _ in names.iter() {
            values.push(row.next_value()?.into());
        }
        Ok(Row { names, values })
    }

    fn read_row(row: &mut RowRef<'_>) -> Result<Row> {
        Row::from_row(row)
    }
}

// `Debug` of a parameter hides the value, because it may get into logs. A row shows its values,
// because the user has asked the database for them.
impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut map = f.debug_map();
        for (name, value) in self.names.iter().zip(&self.values) {
            map.entry(name, &Unredacted(value.as_ref()));
        }
        map.finish()
    }
}

/// The index or the name of a column of a [`Row`].
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{Row, sql};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let row: Row = sql!("select id, name from {User} where id = 1").one(&db).await?;
/// let (id, name): (i64, String) = (row.get(0)?, row.get("name")?);
/// assert_eq!((id, name.as_str()), (1, "Dana"));
/// # db.close().await
/// # }
/// ```
pub trait ColumnIndex {
    /// Returns the index of the column.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if there is no such column, or several
    /// columns have the name.
    fn index_in(&self, names: &[String]) -> Result<usize>;
}

impl ColumnIndex for usize {
    fn index_in(&self, names: &[String]) -> Result<usize> {
        if *self < names.len() { Ok(*self) } else { Err(no_column(self, names)) }
    }
}

impl ColumnIndex for &str {
    fn index_in(&self, names: &[String]) -> Result<usize> {
        match find_column(self, names) {
            ColumnMatch::One(index) => Ok(index),
            ColumnMatch::None => Err(no_column(&format_args!("`{self}`"), names)),
            ColumnMatch::Several(count) => Err(ambiguous(self, count, "", names)),
        }
    }
}

#[cold]
fn no_column(column: &dyn std::fmt::Display, names: &[String]) -> Error {
    Error::usage(format!("the row has no column {column}; it has: {}", names.join(", ")))
}
