//! The impl of `FromRow` for tables and records.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::shape::{call_site_at, path_at, private};
use crate::stored::Stored;

/// A field of the struct, and how it is read.
pub(crate) struct Read<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) origin: Origin<'a>,
    pub(crate) stored: &'a Stored,
}

/// The columns from which a field is read.
#[derive(Clone, Copy)]
pub(crate) enum Origin<'a> {
    /// The column with this name.
    Column(&'a str),
    /// The columns of the field's type, because the field has `nested`, at this span.
    Nested(Span),
    /// No column: the field is skipped.
    Nowhere,
}

/// Writes the impl of `FromRow`.
pub(crate) fn expand<'a>(krate: &TokenStream, ident: &Ident, fields: impl Iterator<Item = Read<'a>>) -> TokenStream {
    let fields: Vec<_> = fields.collect();
    // Only a struct without nested fields can name the columns of a query, for which it needs
    // `TYPES`.
    let is_source = !fields.iter().any(|field| matches!(field.origin, Origin::Nested(_)));
    let types = is_source.then(|| {
        let private = private(krate);
        quote! {
            const TYPES: #private::ColumnTypes = #private::types_of::<#ident>();
        }
    });
    let (width, names) = (width(krate, &fields), names(krate, &fields));
    let values = fields.iter().map(|field| {
        let (name, ty) = (field.ident, &field.stored.ty);
        match field.origin {
            Origin::Column(_) => {
                let read = field.stored.read(krate);
                quote!(#name: #read)
            }
            Origin::Nested(_) => {
                let nested = from_row(krate, field);
                quote!(#name: #nested::from_row(row)?)
            }
            Origin::Nowhere => {
                let default = quote_spanned!(ty.span()=> <#ty as ::core::default::Default>);
                quote!(#name: #default::default())
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl #krate::FromRow for #ident {
            type Read = Self;
            const WIDTH: usize = #width;
            const NAMES: ::core::option::Option<#krate::ColumnNames> = ::core::option::Option::Some(#names);
            #types
            fn from_row(row: &mut #krate::RowRef<'_>) -> #krate::Result<Self> {
                ::core::result::Result::Ok(Self { #(#values),* })
            }
            fn read_row(row: &mut #krate::RowRef<'_>) -> #krate::Result<Self> {
                <Self as #krate::FromRow>::from_row(row)
            }
        }
    }
}

/// Writes the number of columns that are read, such as `2 + <Post as FromRow>::WIDTH`.
fn width(krate: &TokenStream, fields: &[Read<'_>]) -> TokenStream {
    let own = fields.iter().filter(|field| matches!(field.origin, Origin::Column(_))).count();
    let own = Literal::usize_unsuffixed(own);
    let nested = fields.iter().filter(|field| matches!(field.origin, Origin::Nested(_)));
    let nested = nested.map(|field| from_row(krate, field));
    quote!(#own #(+ #nested::WIDTH)*)
}

/// Writes the names of the columns that are read: `ColumnNames::Each(&["id", "name"])`, or for a
/// struct with a nested field `ColumnNames::Parts(&[nested(<Post as FromRow>::NAMES),
/// ColumnNames::Each(&["name"])])`.
fn names(krate: &TokenStream, fields: &[Read<'_>]) -> TokenStream {
    let read: Vec<_> = fields.iter().filter(|field| !matches!(field.origin, Origin::Nowhere)).collect();
    let both_columns =
        |a: &&Read<'_>, b: &&Read<'_>| matches!((a.origin, b.origin), (Origin::Column(_), Origin::Column(_)));
    let part = |part: &[&Read<'_>]| match part {
        [field @ Read { origin: Origin::Nested(span), .. }] => {
            let span = call_site_at(*span);
            let (private, names) = (path_at(span, &private(krate)), from_row(krate, field));
            quote_spanned!(span=> #private::nested(#names::NAMES))
        }
        columns => {
            let names = columns.iter().filter_map(|field| match field.origin {
                Origin::Column(name) => Some(name),
                _ => None,
            });
            quote!(#krate::ColumnNames::Each(&[#(#names),*]))
        }
    };
    let parts: Vec<_> = read.chunk_by(both_columns).map(part).collect();
    match parts.as_slice() {
        [part] => part.clone(),
        _ => quote!(#krate::ColumnNames::Parts(&[#(#parts),*])),
    }
}

/// Writes the path of the `FromRow` impl of a nested field's type.
fn from_row(krate: &TokenStream, field: &Read<'_>) -> TokenStream {
    let ty = &field.stored.ty;
    quote_spanned!(ty.span()=> <#ty as #krate::FromRow>)
}
