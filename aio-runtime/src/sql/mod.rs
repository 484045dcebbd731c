//! SQL text from plain data: one writer for all statements, and what differs between databases.

mod ddl;
mod expression;
mod function;
mod per_group;
mod relation;
mod statement;
mod text_match;
mod texts;
mod writer;

pub(crate) use ddl::{create_table, drop_table};
pub(crate) use statement::{
    InsertWriter, RawText, Written, delete, delete_written, insert, raw, select, select_count, select_exists,
    select_written, update, update_written,
};
pub use writer::SqlText;
pub(crate) use writer::{Run, quoted};

use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::schema::{Tables, in_foreign_key_order};
use crate::statement::{Delete, Insert, InsertAll, Select, Sql, Update, columns_of};
use crate::table::{Insertable, Table};

impl<F, O> Select<F, O> {
    /// The text and the values that the database gets.
    ///
    /// # Errors
    /// [`ErrorKind::Unstorable`](crate::ErrorKind::Unstorable) where a value cannot be stored.
    pub fn to_sql(&self, dialect: Dialect) -> Result<SqlText> {
        select(dialect, self.query())
    }
}

impl<T> Update<T>
where
    T: Table,
{
    /// The text and the values that the database gets.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) where nothing is set, or neither `filter` nor `all_rows` was
    /// called; [`ErrorKind::Unstorable`](crate::ErrorKind::Unstorable) where a value cannot be stored.
    pub fn to_sql(&self, dialect: Dialect) -> Result<SqlText> {
        update(dialect, self.query())
    }
}

impl<T> Delete<T>
where
    T: Table,
{
    /// The text and the values that the database gets.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) where neither `filter` nor `all_rows` was called;
    /// [`ErrorKind::Unstorable`](crate::ErrorKind::Unstorable) where a value cannot be stored.
    pub fn to_sql(&self, dialect: Dialect) -> Result<SqlText> {
        delete(dialect, self.query())
    }
}

impl<T> Insert<T> {
    /// The text and the values that the database gets.
    ///
    /// # Errors
    /// [`ErrorKind::Unstorable`](crate::ErrorKind::Unstorable) where a value cannot be stored.
    pub fn to_sql(self, dialect: Dialect) -> Result<SqlText> {
        let runs = insert(dialect, self.into_query(), false)?;
        let texts = runs.into_iter().map(Run::into_texts).collect::<Result<Vec<_>>>()?;
        texts.into_iter().flatten().next().ok_or_else(|| Error::usage("the insert has no row"))
    }
}

impl<T: Table> InsertAll<'_, T> {
    /// The text and the values that the database gets: one statement for each row.
    ///
    /// # Errors
    /// [`ErrorKind::Unstorable`](crate::ErrorKind::Unstorable) where a value cannot be stored.
    pub fn to_sql(self, dialect: Dialect) -> Result<Vec<SqlText>> {
        let mut writer = InsertWriter::new(dialect, T::TABLE, columns_of::<T>(), false);
        for (number, row) in self.rows.enumerate() {
            row.bind(writer.row());
            writer.end_row().map_err(|error| error.at_row(number))?;
        }
        let texts = writer.take().into_iter().map(Run::into_texts).collect::<Result<Vec<_>>>()?;
        Ok(texts.into_iter().flatten().collect())
    }
}

impl Sql {
    /// The text and the values that the database gets.
    ///
    /// # Errors
    /// [`ErrorKind::Unstorable`](crate::ErrorKind::Unstorable) where a value cannot be stored.
    pub fn to_sql(&self, dialect: Dialect) -> Result<SqlText> {
        raw(dialect, self).map(|RawText(text)| text)
    }
}

impl Dialect {
    /// The statements that create these tables and their indexes, in the order of their foreign keys.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Dialect, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct User { #[column(primary_key, auto)] id: i64, name: String }
    /// for statement in Dialect::Sqlite.ddl(User) {
    ///     println!("{statement};");
    /// }
    /// ```
    pub fn ddl(self, tables: impl Tables) -> Vec<String> {
        in_foreign_key_order(&tables.definitions()).into_iter().flat_map(|table| create_table(self, table)).collect()
    }
}
