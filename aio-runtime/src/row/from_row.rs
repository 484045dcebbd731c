//! The trait of types that can be read from a row.

use super::{ColumnNames, RowRef};
use crate::error::Result;
use crate::schema::{TableDef, Type};
use crate::value::Value;

/// A type that can be read from a row: a column type, an `Option` or a tuple of such types, a
/// [`Table`](crate::Table), a [`Record`](crate::Record), or a whole [`Row`](crate::Row).
///
/// ```
/// # use aio_runtime as aio_sql;
/// use aio_sql::{Executor, FromRow, Result, query};
///
/// async fn first<T: FromRow>(text: &str, ex: &Executor) -> Result<Option<T>> {
///     query(text).optional(ex).await
/// }
///
/// # async fn run(db: aio_sql::Database) -> Result<()> {
/// let name: Option<String> = first("select name from users", &db).await?;
/// let pair: Option<(i64, Option<String>)> = first("select id, email from users", &db).await?;
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a row",
    label = "not a column type, a tuple of them, a table or a record",
    note = "put `#[derive(Record)]` on the struct"
)]
pub trait FromRow: Sized + Send + 'static {
    /// The type that a typed query returns for these columns. It is usually `Self`. For a type
    /// that only describes how a field is stored, it is the type of the field; see
    /// [`SqlType::Read`](crate::SqlType::Read).
    type Read: Send + 'static;

    /// The number of columns that the type reads.
    const WIDTH: usize;

    /// The names of the columns, for a struct; `None` for another type. In the result of a raw
    /// query, the columns of a struct are found by these names.
    const NAMES: Option<ColumnNames> = None;

    /// Whether the type reads all remaining columns.
    #[doc(hidden)]
    const TAKES_REST: bool = false;

    /// The columns and their types, for a struct without nested structs.
    #[doc(hidden)]
    const TYPES: ColumnTypes = None;

    /// Returns the type of the value in the column with this index, counted among the columns that
    /// the type reads. Returns `None` if it is unknown or the value may be NULL.
    #[doc(hidden)]
    fn type_at(index: usize) -> Option<Type> {
        let column = Self::TYPES?.columns.get(index)?;
        (!column.nullable).then_some(column.ty)
    }

    /// Reads a value of this type from the next columns of a row.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) if a stored value has another type than
    /// expected, and [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the row has too few columns.
    fn from_row(row: &mut RowRef<'_>) -> Result<Self>;

    /// Reads the value that a typed query returns from the next columns of a row.
    ///
    /// # Errors
    /// The errors of [`from_row`](FromRow::from_row).
    fn read_row(row: &mut RowRef<'_>) -> Result<Self::Read>;
}

/// The columns that a struct reads, with their types; `None` for a struct with nested structs, and
/// for a type that is not a struct.
#[doc(hidden)]
pub type ColumnTypes = Option<&'static TableDef>;

#[diagnostic::do_not_recommend]
impl FromRow for Value {
    type Read = Value;
    const WIDTH: usize = 1;

    fn from_row(row: &mut RowRef<'_>) -> Result<Value> {
        row.next_value().map(Value::from)
    }

    fn read_row(row: &mut RowRef<'_>) -> Result<Value> {
        Value::from_row(row)
    }
}

#[diagnostic::do_not_recommend]
impl<T: FromRow> FromRow for Option<T> {
    type Read = Option<T::Read>;
    const WIDTH: usize = T::WIDTH;
    const NAMES: Option<ColumnNames> = T::NAMES;
    const TAKES_REST: bool = T::TAKES_REST;

    fn type_at(_: usize) -> Option<Type> {
        // For an `Option` of a struct, any of the values may be NULL.
        None
    }

    #[inline]
    fn from_row(row: &mut RowRef<'_>) -> Result<Option<T>> {
        read_optional(row, T::WIDTH, T::from_row)
    }

    #[inline]
    fn read_row(row: &mut RowRef<'_>) -> Result<Option<T::Read>> {
        read_optional(row, T::WIDTH, T::read_row)
    }
}

/// Reads a value of `width` columns, or returns `None` if these columns belong to a row that an
/// outer join did not find: all of them are NULL, and no flag in the result says that the row was
/// found.
#[inline]
pub(crate) fn read_optional<T>(
    row: &mut RowRef<'_>,
    width: usize,
    read: impl Fn(&mut RowRef<'_>) -> Result<T>,
) -> Result<Option<T>> {
    if !row.is_absent(width)? {
        return read(row).map(Some);
    }
    if row.is_present(width)? {
        let (at, column) = (row.at, row.column);
        // The row is present although all of its values are NULL. The result is `None` only if the
        // type does not accept NULL.
        if let Ok(value) = read(row) {
            return Ok(Some(value));
        }
        (row.at, row.column) = (at, column);
    }
    row.skip(width)?;
    Ok(None)
}

/// Reads a row as `O` itself, not as [`O::Read`](FromRow::Read). It is used for the rows of raw
/// SQL.
#[derive(Debug)]
pub struct Itself<O>(pub O);

#[diagnostic::do_not_recommend]
impl<O: FromRow> FromRow for Itself<O> {
    type Read = O;
    const WIDTH: usize = O::WIDTH;
    const NAMES: Option<ColumnNames> = O::NAMES;
    const TAKES_REST: bool = O::TAKES_REST;
    const TYPES: ColumnTypes = O::TYPES;

    fn type_at(index: usize) -> Option<Type> {
        O::type_at(index)
    }

    #[inline]
    fn from_row(row: &mut RowRef<'_>) -> Result<Itself<O>> {
        O::from_row(row).map(Itself)
    }

    #[inline]
    fn read_row(row: &mut RowRef<'_>) -> Result<O> {
        O::from_row(row)
    }
}

macro_rules! tuples {
    ($(($name:ident $proof:ident $index:tt))+) => {
        #[diagnostic::do_not_recommend]
        impl<$($name: FromRow),+> FromRow for ($($name,)+) {
            type Read = ($($name::Read,)+);
            const WIDTH: usize = 0 $(+ $name::WIDTH)+;
            const TAKES_REST: bool = false $(|| $name::TAKES_REST)+;

            fn type_at(index: usize) -> Option<Type> {
                let parts = [$(($name::WIDTH, $name::type_at as fn(usize) -> Option<Type>)),+];
                let mut index = index;
                for (width, type_at) in parts {
                    if index < width {
                        return type_at(index);
                    }
                    index -= width;
                }
                None
            }

            #[inline]
            fn from_row(row: &mut RowRef<'_>) -> Result<Self> {
                Ok(($($name::from_row(row)?,)+))
            }

            #[inline]
            fn read_row(row: &mut RowRef<'_>) -> Result<Self::Read> {
                Ok(($($name::read_row(row)?,)+))
            }
        }
    };
}
crate::tuple::for_each_tuple!(tuples);
