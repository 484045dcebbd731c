//! `#[derive(Table)]`: the struct and its attributes become a [`model::Table`], which is checked
//! and expanded.

mod check;
mod definition;
mod dump;
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
    expand(input, dump::is_asked_for())
}

/// Expands the derive, with the test that writes the definition of the table if the tool asks for
/// it.
fn expand(input: &DeriveInput, is_dumped: bool) -> TokenStream {
    Errors::collect(&input.ident, |errors| match parse::table(input, errors) {
        Ok(table) => {
            check::table(&table, errors);
            let mut expansion = expand::table(&table);
            expansion.extend(is_dumped.then(|| dump::test(&table)).flatten());
            expansion
        }
        Err(krate) => fallback::table(&krate, input),
    })
}
