//! The test by which the command line tool learns what a table is.
//!
//! The constants of a table are known only to the compiler, and a program need not name all of its
//! tables in one place. The tool therefore sets `AIO_SQL_DUMP`, builds the crate's tests and runs
//! them. Each table then writes its definition to a file. No other build contains these tests.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use super::model::Table;
use crate::shape::private;

/// Returns whether the command line tool compiles the crate to learn its tables.
pub(super) fn is_asked_for() -> bool {
    std::env::var_os("AIO_SQL_DUMP").is_some()
}

/// Writes the test, or returns `None` if the table has no migrations.
pub(super) fn test(table: &Table<'_>) -> Option<TokenStream> {
    if table.without_migrations.is_some() {
        return None;
    }
    let (krate, private, ident) = (&table.krate, private(&table.krate), table.ident);
    let name = format_ident!("__aio_sql_{}", ident.unraw(), span = Span::call_site());
    // `test` is written with its path, because programs import other attributes with this name.
    // For a struct inside a function the compiler warns that the test cannot be reached; the tool
    // reads that warning.
    Some(quote! {
        #[::core::prelude::v1::test]
        #[allow(non_snake_case)]
        fn #name() -> #krate::Result<()> {
            #private::dump(<#ident as #krate::Table>::TABLE, ::core::module_path!())
        }
    })
}
