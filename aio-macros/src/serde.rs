//! serde's attributes on the structs of a new row and of a patch.
//!
//! These structs have the fields of the table's struct, some of them as an `Option`. A serde
//! attribute about the name of a field is copied. A serde attribute about the type of a field does
//! not fit if the field becomes an `Option`. It is then left out, or applied to the value inside
//! the `Option` by functions that are generated for the struct.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{Attribute, ExprPath, LitStr, Meta, Path, Type};

use crate::shape::private;

/// An item of a `#[serde(..)]` attribute.
pub(crate) struct Item {
    name: Ident,
    /// The tokens of the whole item.
    tokens: TokenStream,
    /// The tokens after `=`.
    value: TokenStream,
}

/// Which traits of serde a generated struct derives.
#[derive(Clone, Copy)]
pub(crate) struct Derives {
    pub(crate) serialize: bool,
    pub(crate) deserialize: bool,
}

/// How a field of a generated struct differs from the field of the table's struct.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// The field is the same in both structs.
    Same,
    /// The field is an `Option`: `None` leaves the column to its default.
    Default,
    /// The field is an `Option`: `None` leaves the column unchanged.
    Patch,
}

/// A generated struct and the serde attributes that apply to it.
pub(crate) struct Target<'a> {
    pub(crate) krate: &'a TokenStream,
    pub(crate) ident: &'a Ident,
    pub(crate) derives: Derives,
    /// The items in `new(serde(..))` or `patch(serde(..))`.
    pub(crate) own: &'a [Item],
    /// The items of the serde attributes of the table's struct.
    pub(crate) of_table: &'a [Item],
}

/// The serde attributes of the table's struct that also apply to the generated structs.
const INHERITED: [&str; 3] = ["rename_all", "deny_unknown_fields", "crate"];

/// The serde attributes of a field that depend on the type of the field.
const ABOUT_THE_TYPE: [&str; 6] =
    ["default", "skip_serializing_if", "with", "serialize_with", "deserialize_with", "getter"];

impl Derives {
    /// Finds serde's traits in a list of derives.
    pub(crate) fn of(derives: &[Path]) -> Derives {
        let derived =
            |name: &str| derives.iter().any(|path| path.segments.last().is_some_and(|last| last.ident == name));
        Derives { serialize: derived("Serialize"), deserialize: derived("Deserialize") }
    }

    fn any(self) -> bool {
        self.serialize || self.deserialize
    }
}

/// Returns the items of all `#[serde(..)]` attributes.
pub(crate) fn items(attributes: &[Attribute]) -> Vec<Item> {
    let lists = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("serde") => Some(list.tokens.clone()),
        _ => None,
    });
    lists.flat_map(split).collect()
}

/// Splits a list into its items. Invalid items are not reported here, because serde reports them
/// on the table's struct.
pub(crate) fn split(list: TokenStream) -> Vec<Item> {
    let is = |token: &TokenTree, sign| matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign);
    let tokens: Vec<TokenTree> = list.into_iter().collect();
    let items = tokens.split(|token| is(token, ',')).filter_map(|tokens| match tokens {
        [TokenTree::Ident(name), rest @ ..] => {
            let value = match rest {
                [equals, value @ ..] if is(equals, '=') => value.iter().cloned().collect(),
                _ => TokenStream::new(),
            };
            Some(Item { name: name.clone(), tokens: tokens.iter().cloned().collect(), value })
        }
        _ => None,
    });
    items.collect()
}

impl Item {
    /// Returns the path in the value of an item such as `with = "module"`, or `None` if the value
    /// is not a path.
    fn path(&self) -> Option<ExprPath> {
        syn::parse2::<LitStr>(self.value.clone()).ok()?.parse().ok()
    }
}

fn find<'a>(items: &'a [Item], name: &str) -> Option<&'a Item> {
    items.iter().find(|item| item.name == name)
}

/// Writes `#[serde(..)]` with these items, or returns `None` if there are no items.
fn attribute(items: &[TokenStream]) -> Option<TokenStream> {
    (!items.is_empty()).then(|| quote!(#[serde(#(#items),*)]))
}

impl Target<'_> {
    /// Writes the serde attribute of the generated struct, from its own items and those that it
    /// inherits from the table's struct. A patch that derives `Deserialize` also gets `default`.
    pub(crate) fn attribute(&self, kind: Kind) -> Option<TokenStream> {
        let inherited = |item: &&Item| {
            INHERITED.iter().any(|name| item.name == name) && find(self.own, &item.name.to_string()).is_none()
        };
        let inherited = self.of_table.iter().filter(inherited).filter(|_| self.derives.any());
        let mut items: Vec<_> = self.own.iter().chain(inherited).map(|item| item.tokens.clone()).collect();
        if kind == Kind::Patch && self.derives.deserialize && find(self.own, "default").is_none() {
            items.push(quote!(default));
        }
        attribute(&items)
    }

    /// Writes the serde attribute of a field, and the functions that the attribute names.
    pub(crate) fn field(
        &self,
        ident: &Ident,
        ty: &Type,
        items: &[Item],
        kind: Kind,
    ) -> (Option<TokenStream>, TokenStream) {
        if !self.derives.any() {
            return (None, TokenStream::new());
        }
        let is_carried = |item: &&Item| kind == Kind::Same || ABOUT_THE_TYPE.iter().all(|name| item.name != name);
        let mut carried: Vec<_> = items.iter().filter(is_carried).map(|item| item.tokens.clone()).collect();
        let mut functions = TokenStream::new();
        if kind == Kind::Same {
            return (attribute(&carried), functions);
        }
        let has = |name: &str| find(items, name).is_some();
        if self.derives.deserialize && !["skip", "skip_deserializing", "flatten"].into_iter().any(has) {
            let name = format_ident!("__read_{}", ident.unraw());
            if let Some(path) = function_path(items, "deserialize_with", "deserialize") {
                functions.extend(self.deserialize_function(&name, ty, &path));
                let path = format!("{}::{name}", self.ident);
                carried.push(quote!(deserialize_with = #path));
                carried.extend((kind == Kind::Default).then(|| quote!(default)));
            } else if kind == Kind::Patch {
                let path = format!("{}::given", private(self.krate)).replace(' ', "");
                carried.push(quote!(deserialize_with = #path));
            }
        }
        if self.derives.serialize && !["skip", "skip_serializing"].into_iter().any(has) {
            if kind == Kind::Patch {
                carried.push(quote!(skip_serializing_if = "::core::option::Option::is_none"));
            }
            if let Some(path) = function_path(items, "serialize_with", "serialize") {
                let name = format_ident!("__write_{}", ident.unraw());
                functions.extend(self.serialize_function(&name, ty, &path));
                let path = format!("{}::{name}", self.ident);
                carried.push(quote!(serialize_with = #path));
            }
        }
        (attribute(&carried), functions)
    }

    /// Writes a function that deserializes an `Option`. For the value inside, that function calls
    /// the one at `path`, which the table's struct uses.
    fn deserialize_function(&self, name: &Ident, ty: &Type, path: &TokenStream) -> TokenStream {
        let serde = self.path_of_serde();
        quote! {
            fn #name<'de, __D: #serde::Deserializer<'de>>(
                from: __D,
            ) -> ::core::result::Result<::core::option::Option<#ty>, __D::Error> {
                ::core::result::Result::map(#path(from), ::core::option::Option::Some)
            }
        }
    }

    /// Writes a function that serializes an `Option`. For the value inside, that function calls
    /// the one at `path`, which the table's struct uses.
    fn serialize_function(&self, name: &Ident, ty: &Type, path: &TokenStream) -> TokenStream {
        let serde = self.path_of_serde();
        quote! {
            fn #name<__S: #serde::Serializer>(
                value: &::core::option::Option<#ty>,
                to: __S,
            ) -> ::core::result::Result<__S::Ok, __S::Error> {
                match value {
                    ::core::option::Option::Some(value) => #path(value, to),
                    ::core::option::Option::None => #serde::Serializer::serialize_none(to),
                }
            }
        }
    }

    fn path_of_serde(&self) -> TokenStream {
        let named = find(self.own, "crate").or_else(|| find(self.of_table, "crate"));
        named.and_then(Item::path).map_or_else(|| quote!(::serde), |path| quote!(#path))
    }
}

/// Returns the path of the function with which a field is deserialized or serialized: the value of
/// the item `named`, or the function `of_module` in the module that `with` names. Returns `None`
/// if the field has neither item.
fn function_path(items: &[Item], named: &str, of_module: &str) -> Option<TokenStream> {
    let function = find(items, named).and_then(Item::path).map(|path| quote!(#path));
    function.or_else(|| {
        let (module, of_module) = (find(items, "with")?.path()?, format_ident!("{of_module}"));
        Some(quote!(#module::#of_module))
    })
}
