//! The errors of an expansion, which are collected so that the user sees all of them at once.

use std::fmt::Display;

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;

/// A list of errors, and the type or field to which the next errors belong.
///
/// The list exists only inside [`Errors::collect`], which writes all errors into the expansion, so
/// that no error can be lost.
pub(crate) struct Errors<'a> {
    list: &'a mut Vec<syn::Error>,
    place: String,
}

impl Errors<'_> {
    /// Runs `expand` for the type `name`. Returns a `compile_error!` for each error, followed by
    /// the result of `expand`.
    pub(crate) fn collect(name: &Ident, expand: impl FnOnce(&mut Errors<'_>) -> TokenStream) -> TokenStream {
        let mut list = Vec::new();
        let expansion = expand(&mut Errors { list: &mut list, place: name.unraw().to_string() });
        let mut tokens: TokenStream = list.iter().map(syn::Error::to_compile_error).collect();
        tokens.extend(expansion);
        tokens
    }

    /// Returns this list of errors for a field or a variant. The messages of errors that are added
    /// to it begin with the names of the type and of the field or variant.
    pub(crate) fn field(&mut self, name: &Ident) -> Errors<'_> {
        Errors { place: format!("{}.{}", self.place, name.unraw()), list: self.list }
    }

    /// Adds an error at this span.
    pub(crate) fn push(&mut self, span: Span, message: impl Display) {
        self.list.push(syn::Error::new(span, format_args!("{}: {message}", self.place)));
    }

    /// Adds an error that spans all of these tokens.
    pub(crate) fn push_tokens(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.list.push(syn::Error::new_spanned(tokens, format_args!("{}: {message}", self.place)));
    }

    /// Adds the errors of a failed parse by syn. The message begins with the syntax that was
    /// expected.
    pub(crate) fn push_parse(&mut self, expected: impl Display, error: &syn::Error) {
        for error in error.clone() {
            self.push(error.span(), format_args!("{expected} ({error})"));
        }
    }
}
