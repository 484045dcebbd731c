//! The derive macros of aio-sql. Use them through the crate `aio-sql`.
//!
//! Each derive has four steps: parse, model, check, expand. A mistake is a compile error that
//! points at the user's own token and says what to write instead. All errors are reported at once,
//! and the valid parts are expanded in spite of the errors, so that one mistake does not cause
//! further errors. The expansions are constants and one-line calls into the runtime. The macros
//! know Rust's syntax, but no SQL dialect.
//!
//! The documentation of the derives is in `docs/`. Its examples are tests of the crate `aio-sql`.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod attribute;
mod errors;
mod fallback;
mod from_row;
mod migrations;
mod name;
mod record;
mod serde;
mod shape;
mod sql;
mod sql_type;
mod stored;
mod table;
#[cfg(test)]
mod testing;
mod time_form;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

#[doc = include_str!("../docs/table.md")]
#[proc_macro_derive(Table, attributes(table, column))]
pub fn derive_table(input: TokenStream) -> TokenStream {
    table::derive(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("../docs/record.md")]
#[proc_macro_derive(Record, attributes(record))]
pub fn derive_record(input: TokenStream) -> TokenStream {
    record::derive(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("../docs/sql_type.md")]
#[proc_macro_derive(SqlType, attributes(sql_type))]
pub fn derive_sql_type(input: TokenStream) -> TokenStream {
    sql_type::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Reports what to write instead of sqlx's derive `FromRow`.
#[doc(hidden)]
#[proc_macro_derive(FromRow, attributes(sqlx))]
pub fn derive_from_row(_input: TokenStream) -> TokenStream {
    quote::quote!(::core::compile_error! { "write `#[derive(Record)]` on a struct that rows are read into" }).into()
}

/// Reports what to write instead of Diesel's derive `Queryable`.
#[doc(hidden)]
#[proc_macro_derive(Queryable, attributes(diesel))]
pub fn derive_queryable(_input: TokenStream) -> TokenStream {
    quote::quote!(::core::compile_error! { "write `#[derive(Record)]` on a struct that rows are read into" }).into()
}

/// Reports what to write instead of Diesel's derive `Insertable`.
#[doc(hidden)]
#[proc_macro_derive(Insertable, attributes(diesel))]
pub fn derive_insertable(_input: TokenStream) -> TokenStream {
    let message =
        "write `#[derive(Table)]` on the struct of the table, which also writes the struct of a new row, `NewUser`";
    quote::quote!(::core::compile_error! { #message }).into()
}

/// Expands `aio_sql::sql!`, which passes the path of the crate before the literal.
#[doc(hidden)]
#[proc_macro]
pub fn __sql(input: TokenStream) -> TokenStream {
    sql::expand(input.into()).into()
}

/// Expands `aio_sql::migrations!`, which passes the path of the crate before the folder.
#[doc(hidden)]
#[proc_macro]
pub fn __migrations(input: TokenStream) -> TokenStream {
    migrations::expand(input.into()).into()
}
