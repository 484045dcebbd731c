//! `to_sql` of each statement, and `ddl` of a dialect.

use super::conflict::or_get;
use super::ddl::{add_foreign_keys, create_table_before};
use super::delete::delete;
use super::insert::{InsertWriter, insert};
use super::insert_select::insert_select;
use super::raw::{RawText, raw};
use super::rows_to_insert::RowsToInsert;
use super::select::select;
use super::update::update;
use super::writer::SqlText;
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::schema::{Tables, in_foreign_key_order};
use crate::statement::{
    Compound, Delete, DoNothing, Insert, InsertAll, InsertSelect, OrGet, Returning, ReturningAll, Select, Sql, Update,
    Upsert, WriteQuery, columns_of,
};
use crate::table::{Insertable, Table, TableOf};

impl<F, O> Select<F, O> {
    /// Returns the text and the values that are sent to the database.
    ///
    /// # Errors
    /// [`ErrorKind::Unstorable`](crate::ErrorKind::Unstorable) if a value cannot be stored,
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if a limit or an offset is
    /// negative, [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the query is not valid (if it
    /// selects a column by which it is not grouped, for example), and
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) if the database lacks a feature
    /// that the query uses.
    pub fn to_sql(&self, dialect: Dialect) -> Result<SqlText> {
        select(dialect, &self.clone().into_plain().query)
    }
}

impl<F, O> Compound<F, O> {
    /// Returns the text and the values that are sent to the database.
    ///
    /// # Errors
    /// [`ErrorKind::Unstorable`](crate::ErrorKind::Unstorable) if a value cannot be stored,
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if a limit or an offset is
    /// negative, [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the query is not valid (if it
    /// selects a column by which it is not grouped, for example), and
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) if the database lacks a feature
    /// that the query uses.
    pub fn to_sql(&self, dialect: Dialect) -> Result<SqlText> {
        select(dialect, &self.clone().into_plain().query)
    }
}

impl<T: Table, F> Update<T, F> {
    /// Returns the text and the values that are sent to the database.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if no column is set, or neither `filter` nor
    /// `all_rows` was called; [`ErrorKind::Unstorable`](crate::ErrorKind::Unstorable) if a value
    /// cannot be stored.
    pub fn to_sql(&self, dialect: Dialect) -> Result<SqlText> {
        update(dialect, self.query())
    }
}

impl<T: Table, F> Delete<T, F> {
    /// Returns the text and the values that are sent to the database.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if neither `filter` nor `all_rows` was
    /// called; [`ErrorKind::Unstorable`](crate::ErrorKind::Unstorable) if a value cannot be
    /// stored.
    pub fn to_sql(&self, dialect: Dialect) -> Result<SqlText> {
        delete(dialect, self.query())
    }
}

impl<T> Insert<T> {
    /// Returns the text and the values that are sent to the database.
    ///
    /// # Errors
    /// [`ErrorKind::Unstorable`](crate::ErrorKind::Unstorable) if a value cannot be stored.
    pub fn to_sql(self, dialect: Dialect) -> Result<SqlText> {
        one_text(insert(dialect, self.into_query())?)
    }
}

fn one_text(rows: RowsToInsert) -> Result<SqlText> {
    rows.into_texts()?
        .into_iter()
        .next()
        .ok_or_else(|| Error::usage("the insert has no rows: `insert_all` was given an empty list"))
}

impl<S: ToSql> DoNothing<S> {
    /// Returns the text and the values that are sent to the database.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the columns of `on_conflict` identify no
    /// unique constraint or unique index; [`ErrorKind::Unstorable`](crate::ErrorKind::Unstorable)
    /// if a value cannot be stored.
    pub fn to_sql(self, dialect: Dialect) -> Result<S::Sql> {
        self.insert.text(dialect)
    }
}

impl<S: ToSql> Upsert<S> {
    /// Returns the text and the values that `execute` sends to the database. The text that `one`
    /// sends also returns whether the row existed.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the columns of `on_conflict` identify no
    /// unique constraint or unique index, or if no column is set;
    /// [`ErrorKind::Unstorable`](crate::ErrorKind::Unstorable) if a value cannot be stored.
    pub fn to_sql(self, dialect: Dialect) -> Result<S::Sql> {
        self.insert.text(dialect)
    }
}

impl<T: Table> OrGet<T> {
    /// Returns the two statements that are sent to the database, each with its values: the insert,
    /// and the query for the existing row.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the columns of `or_get` identify no unique
    /// constraint or unique index, or if one of them is a generated column;
    /// [`ErrorKind::Unstorable`](crate::ErrorKind::Unstorable) if a value cannot be stored.
    pub fn to_sql(self, dialect: Dialect) -> Result<[SqlText; 2]> {
        let (row, existing) = or_get(dialect, self.insert.into_query())?;
        Ok([one_text(row)?, existing])
    }
}

impl<T: Table> InsertSelect<T> {
    /// Returns the text and the values that are sent to the database.
    ///
    /// # Errors
    /// [`ErrorKind::Unstorable`](crate::ErrorKind::Unstorable) if a value cannot be stored;
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the query is not valid, or if a column is
    /// inserted twice or is a generated column.
    pub fn to_sql(&self, dialect: Dialect) -> Result<SqlText> {
        insert_select(dialect, self.query())
    }
}

impl<O> Returning<O> {
    /// Returns the text and the values that are sent to the database.
    ///
    /// # Errors
    /// The errors of the statement without `returning`, and
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if `returning` has an aggregate.
    pub fn to_sql(self, dialect: Dialect) -> Result<SqlText> {
        match self.into_query() {
            WriteQuery::Insert(query) => one_text(insert(dialect, *query)?),
            WriteQuery::InsertSelect(query) => insert_select(dialect, &query),
            WriteQuery::Update(query) => update(dialect, &query),
            WriteQuery::Delete(query) => delete(dialect, &query),
        }
    }
}

impl<T: Table, O> ReturningAll<'_, T, O> {
    /// Returns a statement with its values for each row.
    ///
    /// # Errors
    /// The errors of [`InsertAll::to_sql`], and [`ErrorKind::Usage`](crate::ErrorKind::Usage) if
    /// `returning` has an aggregate.
    pub fn to_sql(self, dialect: Dialect) -> Result<Vec<SqlText>> {
        self.insert.to_sql(dialect)
    }
}

/// An insert whose SQL text can be written.
pub trait ToSql {
    /// [`SqlText`] for an insert of one statement, or `Vec<SqlText>` with a statement for each
    /// row.
    type Sql;

    #[doc(hidden)]
    fn text(self, dialect: Dialect) -> Result<Self::Sql>;
}

impl<T: Table> ToSql for Insert<T> {
    type Sql = SqlText;

    fn text(self, dialect: Dialect) -> Result<SqlText> {
        self.to_sql(dialect)
    }
}

impl<T: Table> ToSql for InsertAll<'_, T> {
    type Sql = Vec<SqlText>;

    fn text(self, dialect: Dialect) -> Result<Vec<SqlText>> {
        self.to_sql(dialect)
    }
}

impl<T: Table> ToSql for InsertSelect<T> {
    type Sql = SqlText;

    fn text(self, dialect: Dialect) -> Result<SqlText> {
        self.to_sql(dialect)
    }
}

impl<T: Table> InsertAll<'_, T> {
    /// Returns a statement with its values for each row. When the rows are inserted, consecutive
    /// rows with the same text can share one statement.
    ///
    /// # Errors
    /// [`ErrorKind::Unstorable`](crate::ErrorKind::Unstorable) if a value cannot be stored.
    pub fn to_sql(self, dialect: Dialect) -> Result<Vec<SqlText>> {
        let mut writer = InsertWriter::new(dialect, T::TABLE, columns_of::<T>(), self.clauses);
        for (number, row) in self.rows.enumerate() {
            row.bind(writer.row());
            writer.end_row().map_err(|error| error.at_row(number))?;
        }
        writer.take().into_texts()
    }
}

impl Sql {
    /// Returns the text and the values that are sent to the database.
    ///
    /// # Errors
    /// [`ErrorKind::Unstorable`](crate::ErrorKind::Unstorable) if a value cannot be stored;
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if it is unknown in which form a captured
    /// decimal or time has to be sent.
    pub fn to_sql(&self, dialect: Dialect) -> Result<SqlText> {
        raw(dialect, self).map(|RawText(text)| text)
    }
}

impl<T: Table> TableOf<T> {
    /// Returns the statements that create the table: CREATE TABLE, and a CREATE INDEX for each
    /// index. [`Dialect::ddl`] returns the statements of several tables.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Dialect, Result, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct User { #[column(primary_key, auto)] id: i64, #[column(index)] name: String }
    /// # fn main() -> Result<()> {
    /// let statements = User.create_sql(Dialect::Sqlite)?;
    /// assert!(statements[0].starts_with("CREATE TABLE \"user\" ("));
    /// assert_eq!(statements[1], "CREATE INDEX \"ix_user_name\" ON \"user\" (\"name\")");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The errors of [`Dialect::ddl`].
    pub fn create_sql(self, dialect: Dialect) -> Result<Vec<String>> {
        dialect.ddl(self)
    }
}

impl Dialect {
    /// Returns the statements that create these tables and their indexes, in the order of their
    /// foreign keys.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Dialect, Result, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct User { #[column(primary_key, auto)] id: i64, name: String }
    /// # fn show() -> Result<()> {
    /// for statement in Dialect::Sqlite.ddl(User)? {
    ///     println!("{statement};");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) if the database lacks a
    /// feature that a struct uses.
    pub fn ddl(self, tables: impl Tables) -> Result<Vec<String>> {
        let tables = in_foreign_key_order(&tables.definitions());
        let (mut statements, mut late_keys) = (Vec::new(), Vec::new());
        for (place, table) in tables.iter().enumerate() {
            let later = &tables[place + 1..];
            statements.extend(create_table_before(self, table, later)?);
            late_keys.extend(add_foreign_keys(self, table, later)?);
        }
        statements.extend(late_keys);
        Ok(statements)
    }
}
