//! What the derives accept: the fields of a struct, and what else is read of a type before its
//! attributes.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Field, Fields, GenericParam, Type};

use crate::errors::Errors;

/// Returns the path of the runtime, unless `crate = "…"` sets another one.
pub(crate) fn default_crate() -> TokenStream {
    quote!(::aio_sql)
}

/// Returns the module of the runtime for what only macros name. Its name holds the version, so
/// that macros and a runtime of two versions do not compile together.
pub(crate) fn private(krate: &TokenStream) -> TokenStream {
    let module = format_ident!("__private_{}", env!("CARGO_PKG_VERSION").replace(['.', '-', '+'], "_"));
    quote!(#krate::#module)
}

/// Returns the fields of a struct without generics. Anything else is an error.
pub(crate) fn named_fields<'a>(
    input: &'a DeriveInput,
    derive: &str,
    errors: &mut Errors<'_>,
) -> Option<impl Iterator<Item = (&'a Field, &'a Ident)> + use<'a>> {
    let generic = refuse_generics(input, derive, errors);
    let found = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if generic => {
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

/// Returns whether the type has no generics. Having some is an error.
pub(crate) fn refuse_generics(input: &DeriveInput, derive: &str, errors: &mut Errors<'_>) -> bool {
    for parameter in &input.generics.params {
        let message = match parameter {
            GenericParam::Lifetime(_) => {
                format!(
                    "`#[derive({derive})]` takes no type that borrows: write `String` for `&str`, `Vec<u8>` for `&[u8]`"
                )
            }
            _ => format!("`#[derive({derive})]` takes no type with generics: write one type for each use"),
        };
        errors.push(parameter.span(), message);
    }
    input.generics.params.is_empty()
}

/// Returns the doc comments among the attributes.
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

/// Returns a call-site span at the user's location: errors are shown there, and lints treat the
/// code as generated.
pub(crate) fn shown_at(span: Span) -> Span {
    Span::call_site().located_at(span)
}

/// Returns a path with all its tokens at one span, so that an error about what it begins is shown
/// there.
pub(crate) fn at(span: Span, path: &TokenStream) -> TokenStream {
    let place = |mut token: TokenTree| {
        token.set_span(span);
        token
    };
    path.clone().into_iter().map(place).collect()
}
