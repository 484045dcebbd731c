//! The derive macros of aio-sql. Use them through the crate `aio-sql`, which documents them.
//!
//! Each derive goes parse → model → check → expand. What cannot be accepted is a compile error at the tokens that
//! caused it, with what to write instead, and all of them come at once; beside the errors stands an expansion of what
//! was understood, so that one mistake does not bring others. The expansions are metadata and one-line calls into the
//! runtime. The macros know Rust's syntax and no SQL dialect.

mod attribute;
mod errors;
mod from_row;
mod name;
mod record;
mod shape;
mod sql;
mod sql_type;
mod stored;
mod table;
#[cfg(test)]
mod testing;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct a table: see `aio_sql::Table`.
#[proc_macro_derive(Table, attributes(table, column))]
pub fn derive_table(input: TokenStream) -> TokenStream {
    table::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a struct the result of a query: see `aio_sql::Record`.
#[proc_macro_derive(Record, attributes(record))]
pub fn derive_record(input: TokenStream) -> TokenStream {
    record::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Gives an enum or a newtype a stored form: see `aio_sql::SqlType`.
#[proc_macro_derive(SqlType, attributes(sql_type))]
pub fn derive_sql_type(input: TokenStream) -> TokenStream {
    sql_type::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// What `aio_sql::sql!` calls, with the path of the crate before the literal.
#[doc(hidden)]
#[proc_macro]
pub fn __sql(input: TokenStream) -> TokenStream {
    sql::expand(input.into()).into()
}
