//! Structs that are the result of a query and no table.

use crate::row::FromRow;

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
