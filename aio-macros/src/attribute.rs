//! Parsing the attributes of the derives. An attribute such as `#[column(name = "id", auto)]` is a
//! list of items. An item is a name, a name with a value, or a name with a nested list.
//!
//! Every attribute is parsed once. An item that is unknown, repeated or misplaced, or has a value
//! of the wrong kind, is an error; the other items are still read.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, Parser};
use syn::{Attribute, LitBool, LitStr, Meta};

use crate::errors::Errors;
use crate::name::{nearest, quoted};

/// The grammar of a list in an attribute: the items that it may have.
pub(crate) struct Grammar {
    /// The list as the user writes it: `#[column(..)]`, `index(..)`.
    pub(crate) list: &'static str,
    /// The name of the attribute; empty for a list inside another list.
    pub(crate) attribute: &'static str,
    /// The part of the program on which the attribute is written, for error messages: "the struct"
    /// or "a field".
    pub(crate) owner: &'static str,
    /// The names of the items.
    pub(crate) names: &'static [&'static str],
    /// The names of the items that may occur several times.
    pub(crate) repeated: &'static [&'static str],
    /// Names that other libraries use, each with a hint that says what to write instead.
    pub(crate) hints: &'static [(&'static str, &'static str)],
    /// The grammar of an attribute that users may confuse with this attribute.
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
    /// Returns the items of all attributes that have the name of this grammar. Invalid items are
    /// reported and left out.
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
                let message = format_args!(
                    "`{}` belongs on {}: write `{}` on {}",
                    other.list, other.owner, self.list, self.owner
                );
                errors.push(meta_span(&attribute.meta), message);
            }
        }
        let mut accepted = Vec::new();
        for item in tokens.into_iter().flat_map(|tokens| split(tokens, errors)).collect::<Vec<_>>() {
            self.accept(item, &mut accepted, errors);
        }
        accepted
    }

    /// Returns the items of a list inside an attribute. Invalid items are reported and left out.
    pub(crate) fn items_of(&self, tokens: TokenStream, errors: &mut Errors<'_>) -> Vec<Item> {
        let mut accepted = Vec::new();
        for item in split(tokens, errors) {
            self.accept(item, &mut accepted, errors);
        }
        accepted
    }

    /// Adds an item to `accepted`. An item that is unknown or must not be repeated is reported
    /// instead. After the report, a misspelled item is treated as the known item with the most
    /// similar name, so that it causes no further errors.
    pub(crate) fn accept(&self, mut item: Item, accepted: &mut Vec<Item>, errors: &mut Errors<'_>) {
        let mut name = item.key();
        if !self.names.contains(&name.as_str()) {
            let suggestion = self.suggestion(&name);
            errors.push(item.name.span(), self.unknown(&item, suggestion));
            let Some(suggestion) = suggestion else { return };
            item.name = Ident::new(suggestion, item.name.span());
            suggestion.clone_into(&mut name);
            if accepted.iter().all(|before| before.key() != name) {
                accepted.push(item);
            }
        } else if !self.repeated.contains(&name.as_str()) && accepted.iter().any(|before| before.key() == name) {
            errors.push(item.name.span(), format_args!("`{name}` is given twice: leave one of them out"));
        } else {
            accepted.push(item);
        }
    }

    /// Returns the known name that the user probably meant by an unknown name, or `None` if no
    /// known name is similar or a hint says what to write.
    fn suggestion(&self, name: &str) -> Option<&'static str> {
        let elsewhere = self.other.is_some_and(|other| other.names.contains(&name));
        let hinted = self.hints.iter().any(|(known, _)| *known == name);
        if elsewhere || hinted { None } else { nearest(name, self.names.iter().copied()) }
    }

    /// Returns the error message for an unknown item.
    fn unknown(&self, item: &Item, suggestion: Option<&str>) -> String {
        let name = item.key();
        let unknown = format!("`{}` has no `{name}`", self.list);
        if let Some((_, hint)) = self.hints.iter().find(|(known, _)| *known == name) {
            return format!("{unknown}: {hint}");
        }
        if let Some(other) = self.other
            && other.names.contains(&name.as_str())
        {
            let list = other.list.replace("..", &item.abbreviated());
            return format!("`{name}` belongs on {}: write `{list}` there", other.owner);
        }
        match suggestion {
            Some(name) => format!("{unknown}: did you mean `{name}`?"),
            None => format!("{unknown}: it takes {}", quoted(self.names.iter().copied())),
        }
    }
}

impl Item {
    /// Returns the name as text.
    pub(crate) fn key(&self) -> String {
        self.name.to_string()
    }

    /// Returns the item without its value, for error messages: `name = …`.
    fn abbreviated(&self) -> String {
        match self.arguments {
            Arguments::None => self.key(),
            Arguments::Value(_) => format!("{} = …", self.name),
            Arguments::List(_) => format!("{}(…)", self.name),
        }
    }

    /// Returns whether the item has neither a value nor a list.
    pub(crate) fn is_word(&self) -> bool {
        matches!(self.arguments, Arguments::None)
    }

    /// Returns whether the item has a list.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self.arguments, Arguments::List(_))
    }

    /// Returns the span of an item that must have neither a value nor a list. If it has either,
    /// reports an error and returns `None`.
    pub(crate) fn word(&self, errors: &mut Errors<'_>) -> Option<Span> {
        match self.arguments {
            Arguments::None => Some(self.name.span()),
            _ => self.reject(format_args!("`{0}` takes no value: write only `{0}`", self.name), errors),
        }
    }

    /// Parses the value of an item `name = value` as syntax of type `T`. If the item has no such
    /// value, reports an error and returns `None`. The error shows `example` as a valid value.
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
            _ => self.reject(expected, errors),
        }
    }

    /// Returns the value as a string. If it is empty or not a string, reports an error and returns
    /// `None`.
    pub(crate) fn string(&self, example: &str, errors: &mut Errors<'_>) -> Option<LitStr> {
        let text: LitStr = self.value(&format!("\"{example}\""), errors)?;
        if text.value().trim().is_empty() {
            errors.push(text.span(), format_args!("`{}` must not be empty", self.name));
            return None;
        }
        Some(text)
    }

    /// Returns the value as a bool. If it is not a bool, reports an error and returns `None`.
    pub(crate) fn flag(&self, errors: &mut Errors<'_>) -> Option<bool> {
        self.value::<LitBool>("false", errors).map(|value| value.value)
    }

    /// Returns the path in the value of `crate = "…"`, which is a string as in other derives. If
    /// it is not a path, reports an error and returns `None`.
    pub(crate) fn path(&self, errors: &mut Errors<'_>) -> Option<syn::Path> {
        let text = self.string("path::to::aio_sql", errors)?;
        text.parse_with(syn::Path::parse_mod_style)
            .map_err(|_| errors.push(text.span(), "`crate` takes a path: write `crate = \"path::to::aio_sql\"`"))
            .ok()
    }

    /// Returns the tokens of the item's list. If there is no list, reports an error and returns
    /// `None`.
    pub(crate) fn list(&self, example: &str, errors: &mut Errors<'_>) -> Option<TokenStream> {
        match &self.arguments {
            Arguments::List(tokens) if !tokens.is_empty() => Some(tokens.clone()),
            _ => self.reject(format_args!("`{0}` takes a list: write `{0}({example})`", self.name), errors),
        }
    }

    /// Returns the names in the item's list. If there is no list, reports an error and returns
    /// `None`. A part of the list that is not a name is reported and left out.
    pub(crate) fn names(&self, example: &str, errors: &mut Errors<'_>) -> Option<Vec<Ident>> {
        let list = self.list(example, errors)?;
        Some(split(list, errors).into_iter().filter_map(|item| item.word(errors).map(|_| item.name)).collect())
    }

    /// Parses each part of an item `name(part, part)` as syntax of type `T`. If the item has no
    /// list, or a part is not such syntax, reports an error and returns `None`. The error shows
    /// `example` as a valid list.
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

    /// Reports an error at the name of the item. Returns `None`, whatever `T` is.
    fn reject<T>(&self, message: impl std::fmt::Display, errors: &mut Errors<'_>) -> Option<T> {
        errors.push(self.name.span(), message);
        None
    }
}

/// Splits a list at its commas into items. An item with invalid syntax is reported to `errors` and
/// left out; the other items are still returned.
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
