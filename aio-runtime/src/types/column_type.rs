//! A type with a stored form, or an `Option` of one.

use super::{ReadFrom, SqlType, Type, Wrapper};
use crate::bindings::Bindings;
use crate::error::Result;
use crate::row::{FromRow, RowRef};
use crate::schema::ColumnDef;
use crate::value::{Mismatch, Unstorable, Value, ValueRef};

/// `B` or `Option<B>`, for a `B` that can be stored: `Option` is nullable, everything else NOT
/// NULL.
#[diagnostic::on_unimplemented(
    message = "a column cannot hold a `{Self}`",
    label = "`{Self}` has no stored form",
    note = "an enum or a newtype gets one by `#[derive(SqlType)]`; `#[column(json)]` stores what serde knows, `#[column(skip)]` leaves the field out; in a record `#[record(nested)]` reads another record, or a row of a table",
    note = "types of chrono, jiff, rust_decimal, time and uuid have one with the feature of aio-sql that is called like their crate"
)]
pub trait ColumnType: Sized + Send + 'static {
    /// The type without its `Option`.
    type Base: SqlType;
    /// [`Nullable`] or [`NotNull`].
    type Null: Nullness;
    /// The column's definition, still without a name.
    const COLUMN: ColumnDef;

    /// The value to store.
    ///
    /// # Errors
    /// As [`SqlType::to_value`].
    fn into_column_value(self) -> Result<Value, Unstorable>;

    /// Gives the value to a statement.
    fn bind(self, to: &mut Bindings) {
        to.push(self.into_column_value());
    }

    /// Gives the value of a row that stays to a statement.
    fn bind_ref(&self, to: &mut Bindings);

    /// Gives the value to a statement, or leaves the column to its default.
    fn bind_or_default(value: Option<Self>, to: &mut Bindings) {
        match value {
            Some(value) => value.bind(to),
            None => to.push_default(),
        }
    }

    /// Reads the next column of a row.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) where the stored value is another than the
    /// type expects.
    fn read(row: &mut RowRef<'_>) -> Result<Self>;
}

#[diagnostic::do_not_recommend]
impl<B: SqlType> ColumnType for B {
    type Base = B;
    type Null = NotNull;
    const COLUMN: ColumnDef = ColumnDef::new(B::TYPE, B::DOMAIN, false).scaled(B::SCALE);

    fn into_column_value(self) -> Result<Value, Unstorable> {
        self.into_value()
    }

    fn bind_ref(&self, to: &mut Bindings) {
        to.push(self.to_value());
    }

    #[inline]
    fn read(row: &mut RowRef<'_>) -> Result<B> {
        match row.next_value()? {
            ValueRef::Null => Err(row.unexpected_null(B::TYPE)),
            value => B::from_value(value).or_else(|mismatch| in_other_form(row, value, mismatch)),
        }
    }
}

/// Reads a value that is not in the stored form of its type: in a row of raw SQL, which compares
/// and sorts by itself, if it means one thing alone.
#[cold]
fn in_other_form<B: SqlType>(row: &RowRef<'_>, value: ValueRef<'_>, mismatch: Mismatch) -> Result<B> {
    let other = if row.is_raw() { B::from_other_form(value) } else { None };
    other.ok_or_else(|| row.mismatch(mismatch))
}

#[diagnostic::do_not_recommend]
impl<B: SqlType> ColumnType for Option<B> {
    type Base = B;
    type Null = Nullable;
    const COLUMN: ColumnDef = ColumnDef::new(B::TYPE, B::DOMAIN, true).scaled(B::SCALE);

    fn into_column_value(self) -> Result<Value, Unstorable> {
        self.map_or(Ok(Value::Null), SqlType::into_value)
    }

    fn bind_ref(&self, to: &mut Bindings) {
        to.push(self.as_ref().map_or(Ok(Value::Null), SqlType::to_value));
    }

    #[inline]
    fn read(row: &mut RowRef<'_>) -> Result<Option<B>> {
        match row.next_value()? {
            ValueRef::Null => Ok(None),
            value => match B::from_value(value) {
                Ok(value) => Ok(Some(value)),
                Err(mismatch) => in_other_form(row, value, mismatch).map(Some),
            },
        }
    }
}

#[diagnostic::do_not_recommend]
impl<B: SqlType> FromRow for B {
    type Read = B::Read;
    const WIDTH: usize = 1;

    fn type_at(place: usize) -> Option<Type> {
        (place == 0).then_some(B::TYPE)
    }

    #[inline]
    fn from_row(row: &mut RowRef<'_>) -> Result<B> {
        <B as ColumnType>::read(row)
    }

    #[inline]
    fn read_row(row: &mut RowRef<'_>) -> Result<B::Read> {
        <B as ColumnType>::read(row).map(B::Read::read_from)
    }
}

/// A column type that stores a field of type `T` under a [`Wrapper`], with or without an `Option`
/// around both.
#[diagnostic::on_unimplemented(
    message = "a column cannot hold a `{T}` as a `{Self}`",
    label = "`{T}` has no such stored form",
    note = "`json` is for types with serde's `Serialize` and `Deserialize`, and needs the feature `json` of aio-sql",
    note = "`scale` and `decimal` are for `rust_decimal::Decimal` (feature `rust_decimal`), `uuid` is for `uuid::Uuid` (feature `uuid`), `time` for the times and spans of `std`, and of chrono, jiff and time (features of these names)"
)]
pub trait Wrapped<T> {
    /// As [`ColumnType::COLUMN`].
    const COLUMN: ColumnDef;

    /// Reads the field from the next column of a row.
    ///
    /// # Errors
    /// As [`ColumnType::read`].
    fn read_field(row: &mut RowRef<'_>) -> Result<T>;

    /// Gives the field to a statement.
    fn bind_field(field: &T, to: &mut Bindings);

    /// Gives the field to a statement, or leaves the column to its default.
    fn bind_field_or_default(field: &Option<T>, to: &mut Bindings) {
        match field {
            Some(field) => Self::bind_field(field, to),
            None => to.push_default(),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T, W: Wrapper<T>> Wrapped<T> for W {
    const COLUMN: ColumnDef = <W as ColumnType>::COLUMN;

    fn read_field(row: &mut RowRef<'_>) -> Result<T> {
        W::read(row).map(W::unwrap)
    }

    fn bind_field(field: &T, to: &mut Bindings) {
        to.push(W::value_of(field));
    }
}

#[diagnostic::do_not_recommend]
impl<T, W: Wrapper<T>> Wrapped<Option<T>> for Option<W> {
    const COLUMN: ColumnDef = <Option<W> as ColumnType>::COLUMN;

    fn read_field(row: &mut RowRef<'_>) -> Result<Option<T>> {
        Ok(<Option<W> as ColumnType>::read(row)?.map(W::unwrap))
    }

    fn bind_field(field: &Option<T>, to: &mut Bindings) {
        to.push(field.as_ref().map_or(Ok(Value::Null), W::value_of));
    }
}

/// Whether NULL can occur: [`NotNull`] or [`Nullable`].
pub trait Nullness: Sized {
    /// Nullable if either is.
    type Or<N: Nullness>: Nullness;
    /// `B`, or `Option<B>` where NULL can occur.
    type Of<B: SqlType>: ColumnType<Base = B> + FromRow;
}

/// NULL cannot occur.
#[derive(Debug)]
pub enum NotNull {}

/// NULL can occur.
#[derive(Debug)]
pub enum Nullable {}

impl Nullness for NotNull {
    type Or<N: Nullness> = N;
    type Of<B: SqlType> = B;
}

impl Nullness for Nullable {
    type Or<N: Nullness> = Nullable;
    type Of<B: SqlType> = Option<B>;
}

/// Whether a column takes a value that is or is not NULL.
#[diagnostic::on_unimplemented(
    message = "the value may be NULL, but the column is NOT NULL",
    label = "this column is NOT NULL",
    note = "give a value that is always there, or make the field an `Option`"
)]
pub trait Accepts<N> {}

#[diagnostic::do_not_recommend]
impl Accepts<NotNull> for NotNull {}
#[diagnostic::do_not_recommend]
impl<N> Accepts<Unset<N>> for NotNull {}
#[diagnostic::do_not_recommend]
impl<N> Accepts<N> for Nullable {}

/// Keeps the compiler from guessing a type parameter early, which would hide the message of the
/// trait.
#[derive(Debug)]
pub struct Unset<V>(std::marker::PhantomData<V>);
