//! The errors of one expansion, collected so that the user sees them all at once.

use std::fmt::Display;

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;

/// The list of errors, and the struct or field that the next ones are about.
///
/// It exists only inside [`Errors::collect`], which writes what was found: no error can be lost on the way.
pub(crate) struct Errors<'a> {
    list: &'a mut Vec<syn::Error>,
    place: String,
}

impl Errors<'_> {
    /// Runs an expansion of the type `name` and puts the errors before its result.
    pub(crate) fn collect(name: &Ident, expand: impl FnOnce(&mut Errors<'_>) -> TokenStream) -> TokenStream {
        let mut list = Vec::new();
        let expansion = expand(&mut Errors { list: &mut list, place: name.unraw().to_string() });
        let mut tokens: TokenStream = list.iter().map(syn::Error::to_compile_error).collect();
        tokens.extend(expansion);
        tokens
    }

    /// The same list, for errors about a field or a variant.
    pub(crate) fn field(&mut self, name: &Ident) -> Errors<'_> {
        Errors { place: format!("{}.{}", self.place, name.unraw()), list: self.list }
    }

    /// An error at these tokens, about the current place.
    pub(crate) fn push(&mut self, span: Span, message: impl Display) {
        self.list.push(syn::Error::new(span, format_args!("{}: {message}", self.place)));
    }

    /// An error at all of these tokens, about the current place.
    pub(crate) fn push_tokens(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.list.push(syn::Error::new_spanned(tokens, format_args!("{}: {message}", self.place)));
    }

    /// The errors of syn, about the current place.
    pub(crate) fn push_parse(&mut self, expected: impl Display, error: &syn::Error) {
        for error in error.clone() {
            self.push(error.span(), format_args!("{expected} ({error})"));
        }
    }
}
