//! `impl FromRow`, which a table and a record have alike.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::stored::Stored;

/// A field as it is read.
pub(crate) struct Read<'a> {
    pub(crate) ident: &'a Ident,
    /// The name of its column; none for a field that is skipped.
    pub(crate) name: Option<&'a str>,
    pub(crate) stored: &'a Stored,
}

/// Writes the impl.
pub(crate) fn expand<'a>(krate: &TokenStream, ident: &Ident, fields: impl Iterator<Item = Read<'a>>) -> TokenStream {
    let fields: Vec<_> = fields.collect();
    let names: Vec<_> = fields.iter().filter_map(|field| field.name).collect();
    let width = Literal::usize_unsuffixed(names.len());
    let values = fields.iter().map(|field| {
        let name = field.ident;
        match field.name {
            Some(_) => {
                let read = field.stored.read(krate);
                quote!(#name: #read)
            }
            None => {
                let ty = &field.stored.ty;
                let default = quote_spanned!(ty.span()=> <#ty as ::core::default::Default>);
                quote!(#name: #default::default())
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl #krate::FromRow for #ident {
            const WIDTH: usize = #width;
            const NAMES: ::core::option::Option<&'static [&'static str]> = ::core::option::Option::Some(&[#(#names),*]);
            fn from_row(row: &mut #krate::RowRef<'_>) -> #krate::Result<Self> {
                ::core::result::Result::Ok(Self { #(#values),* })
            }
        }
    }
}

/// An impl that reads nothing, to stand beside an error.
pub(crate) fn empty(krate: &TokenStream, ident: &Ident) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl #krate::FromRow for #ident {
            const WIDTH: usize = 0;
            fn from_row(_row: &mut #krate::RowRef<'_>) -> #krate::Result<Self> {
                ::core::unreachable!()
            }
        }
    }
}
