//! The attributes of the derives: `#[column(name = "id", auto)]` is a list of items, each of which
//! is a word, a word with a value, or a word with a list of its own.
//!
//! Every attribute is parsed once. An item that is unknown, repeated, misplaced or has a value of
//! the wrong kind is an error; the other items are still read.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, Parser};
use syn::{Attribute, LitBool, LitStr, Meta};

use crate::errors::Errors;
use crate::name::{nearest, quoted};

/// The items that a list may have.
pub(crate) struct Grammar {
    /// The list as the user writes it: `#[column(..)]`, `index(..)`.
    pub(crate) list: &'static str,
    /// The name of the attribute; empty for a list inside another.
    pub(crate) attribute: &'static str,
    /// What the attribute is written on, with its article.
    pub(crate) owner: &'static str,
    /// The items.
    pub(crate) names: &'static [&'static str],
    /// The items that may occur several times.
    pub(crate) repeated: &'static [&'static str],
    /// Hints for names that other libraries use.
    pub(crate) hints: &'static [(&'static str, &'static str)],
    /// The grammar of the attribute with which this one may be confused.
    pub(crate) other: Option<&'static Grammar>,
}

/// One item of a list.
pub(crate) struct Item {
    pub(crate) name: Ident,
    arguments: Arguments,
}

enum Arguments {
    None,
    Value(TokenStream),
    List(TokenStream),
}

impl Grammar {
    /// Returns the items of all attributes with this name, without those that are refused.
    pub(crate) fn items(&self, attributes: &[Attribute], errors: &mut Errors<'_>) -> Vec<Item> {
        let mut tokens = Vec::new();
        for attribute in attributes {
            if attribute.path().is_ident(self.attribute) {
                match &attribute.meta {
                    Meta::List(list) => tokens.push(list.tokens.clone()),
                    _ => {
                        let message = format_args!("`{}` takes a list: write `{}`", self.attribute, self.list);
                        errors.push(meta_span(&attribute.meta), message);
                    }
                }
            } else if let Some(other) = self.other
                && attribute.path().is_ident(other.attribute)
            {
                let message =
                    format_args!("`{}` stands on {}; {} has `{}`", other.list, other.owner, self.owner, self.list);
                errors.push(meta_span(&attribute.meta), message);
            }
        }
        let mut accepted = Vec::new();
        for item in tokens.into_iter().flat_map(|tokens| split(tokens, errors)).collect::<Vec<_>>() {
            self.accept(item, &mut accepted, errors);
        }
        accepted
    }

    /// Returns the items of a list inside an attribute, without those that are refused.
    pub(crate) fn items_of(&self, tokens: TokenStream, errors: &mut Errors<'_>) -> Vec<Item> {
        let mut accepted = Vec::new();
        for item in split(tokens, errors) {
            self.accept(item, &mut accepted, errors);
        }
        accepted
    }

    /// Accepts an item if it is known and not repeated. A misspelled one is treated as the one
    /// that was meant, so that it causes only one error.
    pub(crate) fn accept(&self, mut item: Item, accepted: &mut Vec<Item>, errors: &mut Errors<'_>) {
        let mut name = item.key();
        if !self.names.contains(&name.as_str()) {
            let meant = self.meant(&name);
            errors.push(item.name.span(), self.unknown(&item, meant));
            let Some(meant) = meant else { return };
            item.name = Ident::new(meant, item.name.span());
            meant.clone_into(&mut name);
            if accepted.iter().all(|before| before.key() != name) {
                accepted.push(item);
            }
        } else if !self.repeated.contains(&name.as_str()) && accepted.iter().any(|before| before.key() == name) {
            errors.push(item.name.span(), format_args!("`{name}` stands here twice: leave one of them out"));
        } else {
            accepted.push(item);
        }
    }

    /// Returns the name that an unknown one was probably meant to be.
    fn meant(&self, name: &str) -> Option<&'static str> {
        let elsewhere = self.other.is_some_and(|other| other.names.contains(&name));
        let hinted = self.hints.iter().any(|(known, _)| *known == name);
        if elsewhere || hinted { None } else { nearest(name, self.names.iter().copied()) }
    }

    fn unknown(&self, item: &Item, meant: Option<&str>) -> String {
        let name = item.key();
        let unknown = format!("`{}` has no `{name}`", self.list);
        if let Some((_, hint)) = self.hints.iter().find(|(known, _)| *known == name) {
            return format!("{unknown}: {hint}");
        }
        if let Some(other) = self.other
            && other.names.contains(&name.as_str())
        {
            let list = other.list.replace("..", &item.shown());
            return format!("`{name}` belongs to {}: write `{list}` there", other.owner);
        }
        match meant {
            Some(meant) => format!("{unknown}: did you mean `{meant}`?"),
            None => format!("{unknown}: it takes {}", quoted(self.names.iter().copied())),
        }
    }
}

impl Item {
    /// Returns the name as text.
    pub(crate) fn key(&self) -> String {
        self.name.to_string()
    }

    /// Returns the item in a short form.
    fn shown(&self) -> String {
        match self.arguments {
            Arguments::None => self.key(),
            Arguments::Value(_) => format!("{} = …", self.name),
            Arguments::List(_) => format!("{}(…)", self.name),
        }
    }

    /// Returns whether nothing follows the name.
    pub(crate) fn is_word(&self) -> bool {
        matches!(self.arguments, Arguments::None)
    }

    /// Returns whether a list follows the name.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self.arguments, Arguments::List(_))
    }

    /// Returns the span of the name, after which nothing may follow.
    pub(crate) fn word(&self, errors: &mut Errors<'_>) -> Option<Span> {
        match self.arguments {
            Arguments::None => Some(self.name.span()),
            _ => self.refuse(format_args!("`{0}` takes no value: write `{0}` alone", self.name), errors),
        }
    }

    /// Returns the value, of any syntax.
    pub(crate) fn value<T: Parse>(&self, example: &str, errors: &mut Errors<'_>) -> Option<T> {
        let expected = format!("`{0}` takes a value: write `{0} = {example}`", self.name);
        match &self.arguments {
            Arguments::Value(tokens) if !tokens.is_empty() => match syn::parse2(tokens.clone()) {
                Ok(value) => Some(value),
                Err(error) => {
                    errors.push_parse(expected, &error);
                    None
                }
            },
            _ => self.refuse(expected, errors),
        }
    }

    /// Returns the value, a string that is not empty.
    pub(crate) fn string(&self, example: &str, errors: &mut Errors<'_>) -> Option<LitStr> {
        let text: LitStr = self.value(&format!("\"{example}\""), errors)?;
        if text.value().trim().is_empty() {
            errors.push(text.span(), format_args!("`{}` must not be empty", self.name));
            return None;
        }
        Some(text)
    }

    /// Returns the value, `true` or `false`.
    pub(crate) fn flag(&self, errors: &mut Errors<'_>) -> Option<bool> {
        self.value::<LitBool>("false", errors).map(|value| value.value)
    }

    /// Returns the path in the value of `crate`, which is a string as in other derives.
    pub(crate) fn path(&self, errors: &mut Errors<'_>) -> Option<syn::Path> {
        let text = self.string("path::to::aio_sql", errors)?;
        text.parse_with(syn::Path::parse_mod_style)
            .map_err(|_| errors.push(text.span(), "`crate` takes a path: write `crate = \"path::to::aio_sql\"`"))
            .ok()
    }

    /// Returns the tokens of the list that follows the name.
    pub(crate) fn list(&self, example: &str, errors: &mut Errors<'_>) -> Option<TokenStream> {
        match &self.arguments {
            Arguments::List(tokens) if !tokens.is_empty() => Some(tokens.clone()),
            _ => self.refuse(format_args!("`{0}` takes a list: write `{0}({example})`", self.name), errors),
        }
    }

    /// Returns the names in the list that follows the name.
    pub(crate) fn names(&self, example: &str, errors: &mut Errors<'_>) -> Option<Vec<Ident>> {
        let list = self.list(example, errors)?;
        Some(split(list, errors).into_iter().filter_map(|item| item.word(errors).map(|_| item.name)).collect())
    }

    /// Returns the parts of the list that follows the name, of any syntax.
    pub(crate) fn parts<T: Parse>(&self, example: &str, errors: &mut Errors<'_>) -> Option<Vec<T>> {
        let list = self.list(example, errors)?;
        let parser = syn::punctuated::Punctuated::<T, syn::Token![,]>::parse_terminated;
        match parser.parse2(list) {
            Ok(parts) => Some(parts.into_iter().collect()),
            Err(error) => {
                errors.push_parse(format_args!("write `{}({example})`", self.name), &error);
                None
            }
        }
    }

    fn refuse<T>(&self, message: impl std::fmt::Display, errors: &mut Errors<'_>) -> Option<T> {
        errors.push(self.name.span(), message);
        None
    }
}

/// Splits a list at its commas into items. An item in no known form is an error; the others are
/// still read.
pub(crate) fn split(tokens: TokenStream, errors: &mut Errors<'_>) -> Vec<Item> {
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    tokens
        .split(is_comma)
        .filter_map(|tokens| match item(tokens)? {
            Ok(item) => Some(item),
            Err((span, message)) => {
                errors.push(span, message);
                None
            }
        })
        .collect()
}

fn item(tokens: &[TokenTree]) -> Option<Result<Item, (Span, String)>> {
    let (first, rest) = tokens.split_first()?;
    let TokenTree::Ident(name) = first else {
        return Some(Err((first.span(), format!("expected a name, found `{first}`"))));
    };
    let arguments = match rest {
        [] => Arguments::None,
        [TokenTree::Punct(equals), value @ ..] if equals.as_char() == '=' => {
            Arguments::Value(value.iter().cloned().collect())
        }
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => Arguments::List(group.stream()),
        [other, ..] => {
            return Some(Err((other.span(), format!("expected `,`, `=` or `(..)` after `{}`", name.unraw()))));
        }
    };
    Some(Ok(Item { name: name.clone(), arguments }))
}

fn meta_span(meta: &Meta) -> Span {
    meta.path().get_ident().map_or_else(Span::call_site, Ident::span)
}
