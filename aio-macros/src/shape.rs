//! Reading the parts of a type that do not depend on attributes: its fields, its generics, its
//! docs.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Field, Fields, GenericParam, Type};

use crate::errors::Errors;

/// Returns the path of the crate aio-sql, which is used unless `crate = "…"` sets another path.
pub(crate) fn default_crate() -> TokenStream {
    quote!(::aio_sql)
}

/// Returns the module of the runtime that only the macros use. Its name contains the version, so
/// that macros and a runtime of different versions do not compile together.
pub(crate) fn private(krate: &TokenStream) -> TokenStream {
    let module = format_ident!("__private_{}", env!("CARGO_PKG_VERSION").replace(['.', '-', '+'], "_"));
    quote!(#krate::#module)
}

/// Returns the named fields of a struct without generics. Any other type is an error.
pub(crate) fn named_fields<'a>(
    input: &'a DeriveInput,
    derive: &str,
    errors: &mut Errors<'_>,
) -> Option<impl Iterator<Item = (&'a Field, &'a Ident)> + use<'a>> {
    let has_no_generics = check_no_generics(input, derive, errors);
    let found = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if has_no_generics => {
                return Some(fields.named.iter().filter_map(|field| Some((field, field.ident.as_ref()?))));
            }
            Fields::Named(_) => return None,
            Fields::Unnamed(_) => "a tuple struct",
            Fields::Unit => "a struct without fields",
        },
        Data::Enum(_) => "an enum",
        Data::Union(_) => "a union",
    };
    let hint = if matches!(input.data, Data::Enum(_)) { "; an enum can be a column: `#[derive(SqlType)]`" } else { "" };
    let message = format!("`#[derive({derive})]` is for a struct with named fields, this is {found}{hint}");
    errors.push(input.ident.span(), message);
    None
}

/// Reports an error for each generic parameter. Returns whether the type has no generic
/// parameters.
pub(crate) fn check_no_generics(input: &DeriveInput, derive: &str, errors: &mut Errors<'_>) -> bool {
    for parameter in &input.generics.params {
        let message = match parameter {
            GenericParam::Lifetime(_) => {
                format!(
                    "`#[derive({derive})]` does not support types that borrow: write `String` instead of `&str`, `Vec<u8>` instead of `&[u8]`"
                )
            }
            _ => format!("`#[derive({derive})]` does not support generics: write a separate type for each use"),
        };
        errors.push(parameter.span(), message);
    }
    input.generics.params.is_empty()
}

/// Returns the attributes that are doc comments.
pub(crate) fn docs(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect()
}

/// Returns the type with `Self` replaced by the struct's name, so that it can be written in
/// another struct.
pub(crate) fn without_self(ty: &Type, name: &Ident) -> Type {
    syn::parse2(replace_self(ty.to_token_stream(), name)).unwrap_or_else(|_| ty.clone())
}

fn replace_self(tokens: TokenStream, name: &Ident) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Ident(ident) if ident == "Self" => TokenTree::Ident(Ident::new(&name.to_string(), ident.span())),
            TokenTree::Group(group) => {
                let mut replaced = Group::new(group.delimiter(), replace_self(group.stream(), name));
                replaced.set_span(group.span());
                TokenTree::Group(replaced)
            }
            other => other,
        })
        .collect()
}

/// Returns a call-site span at the location of a user's token. Errors then point at the token, and
/// lints treat the code as generated.
pub(crate) fn call_site_at(span: Span) -> Span {
    Span::call_site().located_at(span)
}

/// Gives all tokens of a path the same span, so that the compiler reports errors about the item at
/// the path at that span.
pub(crate) fn path_at(span: Span, path: &TokenStream) -> TokenStream {
    let with_span = |mut token: TokenTree| {
        token.set_span(span);
        token
    };
    path.clone().into_iter().map(with_span).collect()
}
