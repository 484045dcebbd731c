//! Structs that are the result of a query and no table.

use crate::row::FromRow;
use crate::types::{ColumnType, Unset};

/// A struct that is read from a query's result. Derive it: `#[derive(Record)]`.
///
/// A raw query fills it by the names of its columns; a typed one by its columns' places and types, see
/// [`Select::record`](crate::Select::record).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a record",
    label = "expected a struct with `#[derive(Record)]`",
    note = "put `#[derive(Record)]` on the struct"
)]
pub trait Record: FromRow {
    /// The types of the fields, as a tuple.
    type Fields;
}

/// Whether the fields of a record are the columns `O` of a query.
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
