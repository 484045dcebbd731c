//! Lists of values, stored as arrays.

use super::{Domain, ListItem, ReadFrom, SqlType, Type, Wrapper, mismatch};
use crate::value::{Mismatch, Unstorable, Value, ValueRef};

/// A list that is stored as an array of the database. It is the type of a column with
/// `#[column(array)]`, and can also be the type of a field without this attribute.
///
/// PostgreSQL has arrays, and SQLite has none: there, `#[column(json)]` stores a list. The
/// elements are of any type that is stored by itself, other than JSON, and are never NULL. A
/// `Vec<u8>` is not a list of numbers but bytes.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Array, Dialect, Result, Table};
/// #[derive(Table)]
/// # #[table(crate = "aio_runtime")]
/// struct Post {
///     #[column(primary_key)]
///     id: i64,
///     #[column(array)]
///     tags: Vec<String>, // in expressions, the column is an `Array<Vec<String>>`
/// }
///
/// # fn main() -> Result<()> {
/// let red = Post::select().filter(Post::TAGS.has("red")).columns(Post::ID);
/// let sql = red.to_sql(Dialect::Postgres)?;
/// assert_eq!(sql.text, r#"SELECT "id" FROM "post" WHERE "tags" @> ARRAY[$1::text]"#);
///
/// let none = Post::update().set(Post::TAGS, Array(vec![])).filter(Post::ID.eq(1));
/// assert!(none.to_sql(Dialect::Sqlite).is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Array<L>(pub L);

/// The type of a column that is an array.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Array, ArrayType, Column, Select, Table};
/// /// Returns a query for the rows in which an array has no elements.
/// fn without_elements<T: Table, A: ArrayType>(column: Column<T, A>) -> Select<T> {
///     Select::<T>::new().filter(column.array_length().eq(0))
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not stored as an array",
    label = "expected an array",
    note = "`#[column(array)]` stores a `Vec` as an array, on PostgreSQL"
)]
pub trait ArrayType: SqlType {
    /// The type of the elements.
    type Item: ListItem;
}

#[diagnostic::do_not_recommend]
impl<T: ListItem> ArrayType for Array<Vec<T>> {
    type Item = T;
}

#[diagnostic::do_not_recommend]
impl<T: ListItem> SqlType for Array<Vec<T>> {
    const TYPE: Type = T::TYPE.array();
    const DOMAIN: Domain = T::DOMAIN;
    // Arrays are compared element by element, as a `Vec` is.
    type Order = T::Order;
    type Read = Self;

    fn to_value(&self) -> Result<Value, Unstorable> {
        Self::value_of(&self.0)
    }

    fn into_value(self) -> Result<Value, Unstorable> {
        self.0.into_iter().map(T::into_value).collect::<Result<_, _>>().map(Value::Array)
    }

    fn from_value(value: ValueRef<'_>) -> Result<Array<Vec<T>>, Mismatch> {
        match value {
            ValueRef::Array(array) => array.iter().map(T::from_value).collect::<Result<_, _>>().map(Array),
            other => Err(mismatch("an array", other)),
        }
    }
}

impl<T: ListItem> ReadFrom<Array<Vec<T>>> for Vec<T> {
    #[inline]
    fn read_from(stored: Array<Vec<T>>) -> Vec<T> {
        stored.0
    }
}

#[diagnostic::do_not_recommend]
impl<T: ListItem> Wrapper<Vec<T>> for Array<Vec<T>> {
    fn wrap(value: Vec<T>) -> Array<Vec<T>> {
        Array(value)
    }

    fn unwrap(self) -> Vec<T> {
        self.0
    }

    fn value_of(value: &Vec<T>) -> Result<Value, Unstorable> {
        value.iter().map(T::to_value).collect::<Result<_, _>>().map(Value::Array)
    }
}
