//! The expansion for a type that a derive cannot accept at all: impls without content, so that
//! other code that uses the type causes no further errors.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::DeriveInput;

/// Writes empty impls of the traits of a table, without columns.
pub(crate) fn table(krate: &TokenStream, input: &DeriveInput) -> TokenStream {
    impls(krate, input, |ident| {
        quote! {
            #[automatically_derived]
            impl #krate::Table for #ident {
                const TABLE: &'static #krate::schema::TableDef = &#krate::schema::TableDef::new("", "", &[]);
                type New = Self;
                fn bind(&self, _to: &mut #krate::Bindings) {}
            }
            #[automatically_derived]
            impl #krate::Insertable<#ident> for #ident {
                const COLUMNS: #krate::Names = &[];
                fn bind(self, _to: &mut #krate::Bindings) {}
            }
        }
    })
}

/// Writes empty impls of the traits of a record, without columns.
pub(crate) fn record(krate: &TokenStream, input: &DeriveInput) -> TokenStream {
    impls(krate, input, |ident| {
        quote! {
            #[automatically_derived]
            impl #krate::Record for #ident {
                type Fields = ();
                fn from_fields(_fields: ()) -> Self {
                    ::core::unreachable!()
                }
            }
        }
    })
}

/// Writes an impl of `FromRow` and the impls that `others` returns, for a type that the derive
/// rejects: code that uses the type then causes no further errors. Writes nothing for a type with
/// generics, whose parameters and bounds each impl would have to repeat.
fn impls(krate: &TokenStream, input: &DeriveInput, others: impl FnOnce(&Ident) -> TokenStream) -> TokenStream {
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let ident = &input.ident;
    let others = others(ident);
    quote! {
        #[automatically_derived]
        impl #krate::FromRow for #ident {
            type Read = Self;
            const WIDTH: usize = 0;
            fn from_row(_row: &mut #krate::RowRef<'_>) -> #krate::Result<Self> {
                ::core::unreachable!()
            }
            fn read_row(_row: &mut #krate::RowRef<'_>) -> #krate::Result<Self> {
                ::core::unreachable!()
            }
        }
        #others
    }
}
