//! Structs that are read from the result of a query but do not define a table: records.

use std::marker::PhantomData;

use crate::error::Result;
use crate::expr::Source;
use crate::row::{FromRow, RowRef, read_optional};
use crate::types::encoding::Encodes;
use crate::types::{Array, ColumnType, Encoded, Json, ListItem, ReadFrom, SqlType, Unset, for_each_wrapper};

/// A struct that is read from the result of a query. Implement this trait with
/// `#[derive(Record)]`.
///
/// The columns of a raw query are matched with the fields by name, and the columns of a typed
/// query by order and type; see [`Select::record`](crate::Select::record).
///
/// A field with `#[record(nested)]` is itself a record or a row of a table. In a typed query,
/// select the table for it, or a tuple of its columns. In a raw query, select all columns in the
/// order of the fields, with matching names. An `Option` of a nested field is `None` if an outer
/// join found no row for it. In a typed query, the database reports whether it found a row. In a
/// raw query, and if the nested columns belong to several tables, the field is `None` if all of
/// its columns are NULL.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Record, Result, Table, sql};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String, age: i32 }
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct Post {
/// #     #[column(primary_key, auto)] id: i64,
/// #     title: String,
/// #     #[column(references = User::ID)] user_id: Option<i64>,
/// # }
/// #[derive(Record)]
/// # #[record(crate = "aio_runtime")]
/// struct Author {
///     name: String,
///     age: i32,
/// }
///
/// #[derive(Record)]
/// # #[record(crate = "aio_runtime")]
/// struct Line {
///     #[record(nested)]
///     post: Post,
///     #[record(nested)]
///     author: Option<Author>,
/// }
///
/// # async fn run(db: Database) -> Result<()> {
/// let lines: Vec<Line> = Post::select()
///     .left_join(User)
///     .columns((Post, (User::NAME, User::AGE)))
///     .record()
///     .all(&db)
///     .await?;
/// let lines: Vec<Line> =
///     sql!("select p.*, u.name, u.age from {Post} p left join {User} u on u.id = p.user_id")
///         .all(&db)
///         .await?;
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a record",
    label = "expected a struct with `#[derive(Record)]`",
    note = "put `#[derive(Record)]` on the struct"
)]
pub trait Record: FromRow<Read = Self> {
    /// The types of the fields that are read, as a tuple.
    type Fields;

    /// Creates the record from the values of its fields.
    fn from_fields(fields: Self::Fields) -> Self;
}

/// The type of a query's rows if their columns `O` are read into the record `R`.
#[derive(Debug)]
pub struct RecordOf<R, O>(PhantomData<(R, O)>);

impl<R: Record, O: FromRow> FromRow for RecordOf<R, O>
where
    R::Fields: HoldsColumns<O>,
{
    type Read = R;
    const WIDTH: usize = R::WIDTH;

    fn from_row(row: &mut RowRef<'_>) -> Result<Self> {
        Self::read_row(row).map(|_| RecordOf(PhantomData))
    }

    #[inline]
    fn read_row(row: &mut RowRef<'_>) -> Result<R> {
        R::Fields::read_columns(row).map(R::from_fields)
    }
}

/// Implemented by the tuple of the types of a record's fields, if the fields can hold the columns
/// `O` of a query.
#[diagnostic::on_unimplemented(
    message = "the query selects `{O}`, but the record holds `{Self}`",
    label = "the fields of the record differ from the columns",
    note = "the record has one field for each column, in their order and of their types; a single column needs no record"
)]
pub trait HoldsColumns<O>: Sized {
    /// Reads the fields from the columns of a row.
    ///
    /// # Errors
    /// The errors of [`FromRow::from_row`].
    fn read_columns(row: &mut RowRef<'_>) -> Result<Self>;
}

#[diagnostic::do_not_recommend]
impl<F: HoldsPart<V>, V: ColumnType> HoldsColumns<V> for (F,) {
    #[inline]
    fn read_columns(row: &mut RowRef<'_>) -> Result<(F,)> {
        F::read_part(row).map(|field| (field,))
    }
}

/// A record whose fields can name the columns of a query, such as a common table expression, so
/// that other queries can read these columns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot name the columns of a query",
    label = "expected a struct with `#[derive(Record)]`, none of whose fields is nested",
    note = "each column of a query that others read is a field of its record: use a record without `#[record(nested)]`"
)]
pub trait NamesColumns: Source + Record {
    /// The column types of the fields, as a tuple. A column type determines the form in which the
    /// values are stored.
    type Columns;
}

/// Implemented by the tuple of a record's column types, if these are the columns `O` of a query:
/// both must store their values in the same form.
#[diagnostic::on_unimplemented(
    message = "the query selects `{O}`, but the record holds `{Self}`",
    label = "the fields of the record differ from the columns",
    note = "the record has one field for each column, in their order and of their types; a single column needs no record",
    note = "a `Scaled<2>` is a `Decimal` with `#[record(scale = 2)]`, because the queries that read it must know how it is stored"
)]
pub trait NamedBy<O> {}

#[diagnostic::do_not_recommend]
impl<O> NamedBy<O> for O {}
#[diagnostic::do_not_recommend]
impl<O> NamedBy<Unset<O>> for O {}
#[diagnostic::do_not_recommend]
impl<V: ColumnType> NamedBy<V> for (V,) {}

/// Implemented if a field can hold the part `O` of a query's selection. `O` is the type of the
/// field, a column type whose values are read as the type of the field, or a tuple of columns for
/// a nested record.
pub trait HoldsPart<O>: Sized {
    /// Reads the field from the next columns of a row.
    ///
    /// # Errors
    /// The errors of [`FromRow::from_row`].
    fn read_part(row: &mut RowRef<'_>) -> Result<Self>;
}

#[diagnostic::do_not_recommend]
impl<O: FromRow> HoldsPart<O> for O {
    #[inline]
    fn read_part(row: &mut RowRef<'_>) -> Result<O> {
        O::from_row(row)
    }
}

/// Implemented by the tuple of the types of a record's fields, if the fields can hold the columns
/// `O` of a table of which an outer join may find no row. For the types in `O`, each column may be
/// NULL.
pub trait HoldsOuter<O>: Sized {
    /// Reads the fields. Called only if the outer join found a row.
    ///
    /// # Errors
    /// The errors of [`FromRow::from_row`].
    fn read_columns(row: &mut RowRef<'_>) -> Result<Self>;
}

/// Implemented if a field can hold the column `O` of a table of which an outer join may find no
/// row. For the type `O`, the column may be NULL.
pub trait HoldsOuterPart<O>: Sized {
    /// Reads the field. Called only if the outer join found a row.
    ///
    /// # Errors
    /// The errors of [`FromRow::from_row`].
    fn read_part(row: &mut RowRef<'_>) -> Result<Self>;
}

#[diagnostic::do_not_recommend]
impl<B: SqlType> HoldsOuterPart<Option<B>> for B {
    #[inline]
    fn read_part(row: &mut RowRef<'_>) -> Result<B> {
        B::from_row(row)
    }
}

#[diagnostic::do_not_recommend]
impl<B: SqlType> HoldsOuterPart<Option<B>> for Option<B> {
    #[inline]
    fn read_part(row: &mut RowRef<'_>) -> Result<Option<B>> {
        <Option<B> as ColumnType>::read(row)
    }
}

macro_rules! wrapped {
    ([$($generics:tt)*] $wrapper:ty => $field:ty) => {
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> HoldsPart<$wrapper> for $field where $wrapper: SqlType, $field: ReadFrom<$wrapper> {
            #[inline]
            fn read_part(row: &mut RowRef<'_>) -> Result<$field> {
                <$wrapper as ColumnType>::read(row).map(ReadFrom::read_from)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($generics)*> HoldsPart<Option<$wrapper>> for Option<$field>
        where
            $wrapper: SqlType,
            $field: ReadFrom<$wrapper>,
        {
            #[inline]
            fn read_part(row: &mut RowRef<'_>) -> Result<Option<$field>> {
                Ok(<Option<$wrapper> as ColumnType>::read(row)?.map(ReadFrom::read_from))
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($generics)*> HoldsOuterPart<Option<$wrapper>> for $field
        where
            $wrapper: SqlType,
            $field: ReadFrom<$wrapper>,
        {
            #[inline]
            fn read_part(row: &mut RowRef<'_>) -> Result<$field> {
                <$field as HoldsPart<$wrapper>>::read_part(row)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($generics)*> HoldsOuterPart<Option<$wrapper>> for Option<$field>
        where
            $wrapper: SqlType,
            $field: ReadFrom<$wrapper>,
        {
            #[inline]
            fn read_part(row: &mut RowRef<'_>) -> Result<Option<$field>> {
                <Option<$field> as HoldsPart<Option<$wrapper>>>::read_part(row)
            }
        }
    };
}
for_each_wrapper!(wrapped);
wrapped! { [T] Json<T> => T }
wrapped! { [T: ListItem] Array<Vec<T>> => Vec<T> }
wrapped! { [T: SqlType, E: Encodes<T>] Encoded<T, E> => T }

macro_rules! tuples {
    ($(($field:ident $column:ident $index:tt))+) => {
        #[diagnostic::do_not_recommend]
        impl<$($field: HoldsPart<$column>, $column),+> HoldsColumns<($($column,)+)> for ($($field,)+) {
            #[inline]
            fn read_columns(row: &mut RowRef<'_>) -> Result<Self> {
                Ok(($($field::read_part(row)?,)+))
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($field: HoldsOuterPart<$column>, $column),+> HoldsOuter<($($column,)+)> for ($($field,)+) {
            #[inline]
            fn read_columns(row: &mut RowRef<'_>) -> Result<Self> {
                Ok(($($field::read_part(row)?,)+))
            }
        }

        #[diagnostic::do_not_recommend]
        impl<R: Record, $($column),+> HoldsPart<($($column,)+)> for R
        where
            R::Fields: HoldsColumns<($($column,)+)>,
        {
            #[inline]
            fn read_part(row: &mut RowRef<'_>) -> Result<R> {
                R::Fields::read_columns(row).map(R::from_fields)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<R: Record, $($column),+> HoldsPart<($($column,)+)> for Option<R>
        where
            R::Fields: HoldsOuter<($($column,)+)>,
        {
            #[inline]
            fn read_part(row: &mut RowRef<'_>) -> Result<Option<R>> {
                read_optional(row, R::WIDTH, |row| R::Fields::read_columns(row).map(R::from_fields))
            }
        }
    };
}
crate::tuple::for_each_tuple!(tuples);
