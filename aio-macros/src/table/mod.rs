//! `#[derive(Table)]`: the struct and its attributes become a [`model::Table`], which is checked
//! and expanded.

mod check;
mod definition;
mod expand;
mod grammar;
mod helpers;
#[cfg(test)]
mod mistakes;
mod model;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::errors::Errors;
use crate::fallback;

/// Expands `#[derive(Table)]`.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    Errors::collect(&input.ident, |errors| match parse::table(input, errors) {
        Ok(table) => {
            check::table(&table, errors);
            expand::table(&table)
        }
        Err(krate) => fallback::table(&krate, input),
    })
}
