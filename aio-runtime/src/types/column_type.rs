//! The types that a column can have: a [`SqlType`], or an `Option` of a [`SqlType`].

use super::{ReadFrom, SqlType, Type, Wrapper};
use crate::bindings::Bindings;
use crate::error::Result;
use crate::row::{FromRow, RowRef};
use crate::schema::ColumnDef;
use crate::value::{Mismatch, Unstorable, Value, ValueRef};

/// The type of a column: `B` or `Option<B>`, where `B` is a [`SqlType`]. A column of the type
/// `Option<B>` may be NULL; any other column is NOT NULL.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{Column, ColumnType, Select};
/// /// Returns how many rows have a value in a column of any type.
/// async fn filled<T: Table, V: ColumnType>(column: Column<T, V>, db: &Database) -> Result<u64> {
///     Select::<T>::new().filter(column.is_not_null()).count(db).await
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// assert_eq!(filled(User::NAME, &db).await?, 2);
/// assert_eq!(filled(User::KARMA, &db).await?, 2);
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "a column cannot hold a `{Self}`",
    label = "`{Self}` has no stored form",
    note = "`#[derive(SqlType)]` gives an enum or a newtype a stored form; `#[column(json)]` stores a type that implements serde's traits; `#[column(skip)]` leaves the field out; in a record, `#[record(nested)]` reads another record, or a row of a table",
    note = "types of the crates chrono, jiff, rust_decimal, time and uuid need the feature of aio-sql with the name of the crate"
)]
pub trait ColumnType: Sized + Send + 'static {
    /// The [`SqlType`] `B`, without the `Option`.
    type Base: SqlType;
    /// [`Nullable`] for an `Option`, or else [`NotNull`].
    type Null: Nullness;
    /// The definition of a column of this type, without a name.
    const COLUMN: ColumnDef;

    /// Converts `self` to the value to store; `None` becomes NULL.
    ///
    /// # Errors
    /// Like [`SqlType::to_value`].
    fn into_column_value(self) -> Result<Value, Unstorable>;

    /// Binds the value to a statement.
    fn bind(self, to: &mut Bindings) {
        to.push(self.into_column_value());
    }

    /// Binds the value to a statement without consuming it.
    fn bind_ref(&self, to: &mut Bindings);

    /// Binds the value to a statement. If it is `None`, the column gets its default instead.
    fn bind_or_default(value: Option<Self>, to: &mut Bindings) {
        match value {
            Some(value) => value.bind(to),
            None => to.push_default(),
        }
    }

    /// Reads the next column of a row.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) if the stored value is not one of this
    /// type.
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
        if let Some(value) = B::read_next(row) {
            return Ok(value);
        }
        match row.next_value()? {
            ValueRef::Null => Err(row.unexpected_null(B::TYPE)),
            value => B::from_value(value).or_else(|mismatch| in_other_form(row, value, mismatch)),
        }
    }
}

/// Reads a value that is not in the form in which the type `B` is stored. This succeeds only in a
/// row of raw SQL, and only if the value has one meaning. In a typed query it would be wrong,
/// because there the database compares such a value with values in the form of `B`.
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
        if let Some(value) = B::read_next(row) {
            return Ok(Some(value));
        }
        if row.next_null() {
            return Ok(None);
        }
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

/// A column type that stores a field of type `T` by a [`Wrapper`]: `Self` is the wrapper and `T`
/// is the field's type, or `Self` is an `Option` of the wrapper and `T` is an `Option` of the
/// field's type.
#[diagnostic::on_unimplemented(
    message = "a column cannot hold a `{T}` as a `{Self}`",
    label = "`{T}` cannot be stored in this form",
    note = "`json` is for types that implement serde's `Serialize` and `Deserialize`, and needs the feature `json` of aio-sql",
    note = "`array` is for a `Vec` of values that a column can hold by themselves",
    note = "`scale` and `decimal` are for `rust_decimal::Decimal` (feature `rust_decimal`), `uuid` is for `uuid::Uuid` (feature `uuid`), `time` for the times and spans of `std`, and of chrono, jiff and time (features of these names)"
)]
pub trait Wrapped<T> {
    /// Like [`ColumnType::COLUMN`].
    const COLUMN: ColumnDef;

    /// Reads the field from the next column of a row.
    ///
    /// # Errors
    /// Like [`ColumnType::read`].
    fn read_field(row: &mut RowRef<'_>) -> Result<T>;

    /// Binds the field to a statement.
    fn bind_field(field: &T, to: &mut Bindings);

    /// Binds the field to a statement. If it is `None`, the column gets its default instead.
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

/// Says as a type whether a value may be NULL: [`NotNull`] or [`Nullable`].
pub trait Nullness: Sized {
    /// [`Nullable`] if `Self` or `N` is [`Nullable`], or else [`NotNull`].
    type Or<N: Nullness>: Nullness;
    /// The type of the value: `Option<B>` if it may be NULL, or else `B`.
    type Of<B: SqlType>: ColumnType<Base = B> + FromRow;
}

/// Says that a value is never NULL.
#[derive(Debug)]
pub enum NotNull {}

/// Says that a value may be NULL.
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

/// Implemented if a column of the nullness `Self` accepts a value of the nullness `N`: a NOT NULL
/// column accepts only values that are [`NotNull`], and a nullable column accepts both.
#[diagnostic::on_unimplemented(
    message = "the value may be NULL, but the column is NOT NULL",
    label = "this column is NOT NULL",
    note = "use a value that is never NULL, or make the field an `Option`"
)]
pub trait Accepts<N> {}

#[diagnostic::do_not_recommend]
impl Accepts<NotNull> for NotNull {}
#[diagnostic::do_not_recommend]
impl<N> Accepts<Unset<N>> for NotNull {}
#[diagnostic::do_not_recommend]
impl<N> Accepts<N> for Nullable {}

/// A type that is never used. A trait such as [`Accepts`] has a second impl for it, because from a
/// single impl the compiler would infer the type parameter, and would then not show the trait's
/// own error message.
#[derive(Debug)]
pub struct Unset<V>(std::marker::PhantomData<V>);
