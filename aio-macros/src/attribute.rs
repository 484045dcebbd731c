//! The attributes of the derives: `#[column(name = "id", auto)]` is a list of items, each a word, a word with a value
//! or a word with a list of its own.
//!
//! Every attribute is parsed once. An item that is unknown, doubled, at the wrong place or has the wrong kind of value
//! is an error, and the items beside it are read all the same.

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
    /// The name of the attribute; none for a list inside another.
    pub(crate) attribute: &'static str,
    /// What it is written on, with its article.
    pub(crate) owner: &'static str,
    /// The items.
    pub(crate) names: &'static [&'static str],
    /// Those that may stand there several times.
    pub(crate) repeated: &'static [&'static str],
    /// What to write for names that other libraries have.
    pub(crate) hints: &'static [(&'static str, &'static str)],
    /// The grammar of the attribute that this one may be confused with.
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
    /// The items of all attributes of this name, without those that cannot be accepted.
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

    /// The items of a list inside an attribute, without those that cannot be accepted.
    pub(crate) fn items_of(&self, tokens: TokenStream, errors: &mut Errors<'_>) -> Vec<Item> {
        let mut accepted = Vec::new();
        for item in split(tokens, errors) {
            self.accept(item, &mut accepted, errors);
        }
        accepted
    }

    /// Takes an item if it is known and not yet there. A misspelt one is taken for what was meant, so that it brings
    /// one error and no others.
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

    /// The name that an unknown one was probably meant to be.
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
    /// The name as text.
    pub(crate) fn key(&self) -> String {
        self.name.to_string()
    }

    /// The item in short.
    fn shown(&self) -> String {
        match self.arguments {
            Arguments::None => self.key(),
            Arguments::Value(_) => format!("{} = …", self.name),
            Arguments::List(_) => format!("{}(…)", self.name),
        }
    }

    /// The name, if nothing follows it.
    pub(crate) fn is_word(&self) -> bool {
        matches!(self.arguments, Arguments::None)
    }

    /// Where a word stands.
    pub(crate) fn word(&self, errors: &mut Errors<'_>) -> Option<Span> {
        match self.arguments {
            Arguments::None => Some(self.name.span()),
            _ => self.refuse(format_args!("`{0}` takes no value: write `{0}` alone", self.name), errors),
        }
    }

    /// The value, of any syntax.
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

    /// The value, a string that is not empty.
    pub(crate) fn string(&self, example: &str, errors: &mut Errors<'_>) -> Option<LitStr> {
        let text: LitStr = self.value(&format!("\"{example}\""), errors)?;
        if text.value().trim().is_empty() {
            errors.push(text.span(), format_args!("`{}` must not be empty", self.name));
            return None;
        }
        Some(text)
    }

    /// The value, `true` or `false`.
    pub(crate) fn flag(&self, errors: &mut Errors<'_>) -> Option<bool> {
        self.value::<LitBool>("false", errors).map(|value| value.value)
    }

    /// The path in the value of `crate`, a string as in other derives.
    pub(crate) fn path(&self, errors: &mut Errors<'_>) -> Option<syn::Path> {
        let text = self.string("path::to::aio_sql", errors)?;
        text.parse_with(syn::Path::parse_mod_style)
            .map_err(|_| errors.push(text.span(), "`crate` takes a path: write `crate = \"path::to::aio_sql\"`"))
            .ok()
    }

    /// The tokens of the list behind the name.
    pub(crate) fn list(&self, example: &str, errors: &mut Errors<'_>) -> Option<TokenStream> {
        match &self.arguments {
            Arguments::List(tokens) if !tokens.is_empty() => Some(tokens.clone()),
            _ => self.refuse(format_args!("`{0}` takes a list: write `{0}({example})`", self.name), errors),
        }
    }

    /// The names in the list behind the name.
    pub(crate) fn names(&self, example: &str, errors: &mut Errors<'_>) -> Option<Vec<Ident>> {
        let list = self.list(example, errors)?;
        Some(split(list, errors).into_iter().filter_map(|item| item.word(errors).map(|_| item.name)).collect())
    }

    /// The list behind the name, each part of any syntax.
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

/// The items between the commas. Where one has no known form, it is an error and the others are read.
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
