//! What stands beside the errors about a type that cannot be a table at all: empty impls, so that its uses bring no
//! errors of their own.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::from_row;

/// Writes the empty impls; for a type with generics there are none.
pub(super) fn expand(krate: &TokenStream, input: &DeriveInput) -> TokenStream {
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let (ident, from_row) = (&input.ident, from_row::empty(krate, &input.ident));
    quote! {
        #from_row
        #[automatically_derived]
        impl #krate::Table for #ident {
            const TABLE: &'static #krate::schema::TableDef = &#krate::schema::TableDef::new("", "", &[]);
            type New = Self;
            fn bind(&self, _to: &mut #krate::Bindings) {}
        }
        #[automatically_derived]
        impl #krate::Insertable<#ident> for #ident {
            const COLUMNS: &'static [&'static str] = &[];
            fn bind(self, _to: &mut #krate::Bindings) {}
        }
    }
}
