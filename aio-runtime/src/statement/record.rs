//! Structs that are the result of a query but not a table.

use std::marker::PhantomData;

use crate::expr::Source;
use crate::row::FromRow;
use crate::types::{ColumnType, Unset};

/// A struct that is read from a query's result. Derive it: `#[derive(Record)]`.
///
/// A raw query fills it by the names of its columns, a typed query by their order and types; see
/// [`Select::record`](crate::Select::record).
///
/// A field that is itself a record or a row of a table is `nested`. A typed query selects the
/// table for it, or a tuple of its columns; a raw query selects all columns in the order of the
/// fields, with matching names. An `Option` of it is `None` on the outer side of a join that found
/// no row. In a typed query the database reports that; in a raw query, and where the columns
/// belong to several tables, it means that all of them are NULL.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Record, Result, Table, sql};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String, age: i32 }
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct Post { #[column(primary_key, auto)] id: i64, title: String, #[column(references = User::ID)] user_id: Option<i64> }
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
/// let lines: Vec<Line> =
///     Post::select().left_join(User).columns((Post, (User::NAME, User::AGE))).record().all(&db).await?;
/// let lines: Vec<Line> =
///     sql!("select p.*, u.name, u.age from {Post} p left join {User} u on u.id = p.user_id").all(&db).await?;
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a record",
    label = "expected a struct with `#[derive(Record)]`",
    note = "put `#[derive(Record)]` on the struct"
)]
pub trait Record: FromRow {
    /// The types of the fields as a tuple, which is wrapped in [`Nested`] if any field is nested.
    type Fields;
}

/// Implemented where the fields of a record can hold the columns `O` of a query.
#[diagnostic::on_unimplemented(
    message = "the query selects `{O}`, but the record holds `{Self}`",
    label = "the fields of the record are others than the columns",
    note = "the record has one field for each column, in their order and of their types; a single column needs no record"
)]
pub trait HoldsColumns<O> {}

#[diagnostic::do_not_recommend]
impl<O> HoldsColumns<O> for O {}
#[diagnostic::do_not_recommend]
impl<O> HoldsColumns<Unset<O>> for O {}
#[diagnostic::do_not_recommend]
impl<V: ColumnType> HoldsColumns<V> for (V,) {}

/// A record that names the columns of a query, so that other queries can read them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot name the columns of a query",
    label = "expected a struct with `#[derive(Record)]`, none of whose fields is nested",
    note = "each column of a query that others read is a field of its record: write one without `#[record(nested)]`"
)]
pub trait NamesColumns: Source + Record {}

#[diagnostic::do_not_recommend]
impl<T: Source + Record> NamesColumns for T {}

/// The fields `F` of a record, some of which are nested.
#[derive(Debug)]
pub struct Nested<F>(PhantomData<F>);

/// Implemented where a field can hold a part of what a query selects: the same type, or for a
/// nested record a tuple of its columns.
///
/// Only the fields of [`Nested`] are checked one by one. For all others the compiler then points
/// at `record` itself.
pub trait HoldsPart<O> {}

#[diagnostic::do_not_recommend]
impl<O> HoldsPart<O> for O {}

/// Implemented where the fields of a record can hold the columns `O`, each of which may be NULL
/// because it is on the outer side of a join.
pub trait HoldsOuter<O> {}

macro_rules! tuples {
    ($(($field:ident $column:ident $index:tt))+) => {
        #[diagnostic::do_not_recommend]
        impl<$($field: HoldsPart<$column>, $column),+> HoldsColumns<($($column,)+)> for Nested<($($field,)+)> {}

        #[diagnostic::do_not_recommend]
        impl<R: Record, $($column),+> HoldsPart<($($column,)+)> for R where R::Fields: HoldsColumns<($($column,)+)> {}

        #[diagnostic::do_not_recommend]
        impl<R: Record, $($column),+> HoldsPart<($($column,)+)> for Option<R>
        where
            R::Fields: HoldsOuter<($($column,)+)>,
        {
        }

        #[diagnostic::do_not_recommend]
        impl<$($field: ColumnType),+> HoldsOuter<($(Option<$field::Base>,)+)> for ($($field,)+) {}
    };
}
crate::tuple::for_each_tuple!(tuples);
