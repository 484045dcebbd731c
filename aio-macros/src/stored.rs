//! How a field is stored: the code that defines, reads and binds its column.
//!
//! In all of this code, the column type `V` is written as `<V as ColumnType>` with the span of the
//! field's type, or as `<V as Wrapped<T>>` for a field with a wrapper. The compiler then reports
//! only one error for a type that cannot be stored.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericArgument, LitInt, PathArguments, Token, Type};

use crate::attribute::Item;
use crate::errors::Errors;
use crate::shape::{call_site_at, path_at};
use crate::time_form::TimeForm;

/// A field's type, and how the field is stored.
pub(crate) struct Stored {
    pub(crate) ty: Type,
    pub(crate) form: Form,
}

/// How a field is stored.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// As the field's own type stores it.
    Plain,
    /// As a wrapper stores it. The item of the attribute that selects the wrapper is at this span.
    Wrapped(Wrapper, Span),
}

/// A wrapper type of the runtime, which determines how a field is stored.
#[derive(Clone, Copy)]
pub(crate) enum Wrapper {
    /// JSON text.
    Json,
    /// An array of the database.
    Array,
    /// An integer with this many decimal places.
    Scaled(u32),
    /// A time in the encoding of another program.
    Timed(TimeForm),
    /// A UUID as text.
    Uuid { hyphens: bool, upper: bool },
    /// A decimal as a floating-point number.
    DecimalReal,
    /// A decimal as text with this many places.
    DecimalText(u32),
}

impl Stored {
    /// Writes the type of the column: the field's own type, or the wrapper around it. In an
    /// `Option`, the wrapper is inside.
    pub(crate) fn column_type(&self, krate: &TokenStream) -> TokenStream {
        let Form::Wrapped(wrapper, span) = self.form else { return self.ty.to_token_stream() };
        let span = call_site_at(span);
        // The wrapper is inside the `Option`, so that `None` becomes NULL, and not JSON's `null`.
        // An `Option` is recognized by its name, because a macro cannot find out which type a name
        // means.
        match inside_option(&self.ty) {
            Some(inner) => {
                let wrapped = wrapper.around(inner, krate, span);
                quote_spanned!(span=> ::core::option::Option<#wrapped>)
            }
            None => wrapper.around(&self.ty, krate, span),
        }
    }

    /// Writes the definition of the column, without a name.
    pub(crate) fn definition(&self, krate: &TokenStream) -> TokenStream {
        self.item(krate, "COLUMN", "COLUMN")
    }

    /// Writes the expression that reads the field from `row`.
    pub(crate) fn read(&self, krate: &TokenStream) -> TokenStream {
        let read = self.item(krate, "read", "read_field");
        quote!(#read(row)?)
    }

    /// Writes the statement that binds a field by reference.
    pub(crate) fn bind_ref(&self, krate: &TokenStream, field: &TokenStream) -> TokenStream {
        let bind = self.item(krate, "bind_ref", "bind_field");
        quote!(#bind(&#field, to);)
    }

    /// Writes the statement that binds a field by value.
    pub(crate) fn bind(&self, krate: &TokenStream, field: &TokenStream) -> TokenStream {
        let (bind, by_reference) = (self.item(krate, "bind", "bind_field"), self.wrapper_borrows());
        quote!(#bind(#by_reference #field, to);)
    }

    /// Writes the statement that binds a field of a generated struct that is an `Option`; `None`
    /// leaves the column to its default.
    pub(crate) fn bind_or_default(&self, krate: &TokenStream, field: &TokenStream) -> TokenStream {
        let bind = self.item(krate, "bind_or_default", "bind_field_or_default");
        let by_reference = self.wrapper_borrows();
        quote!(#bind(#by_reference #field, to);)
    }

    /// Writes the path of an item of a trait: of the item `plain` of `ColumnType`, or of the item
    /// `wrapped` of `Wrapped` for a field with a wrapper.
    fn item(&self, krate: &TokenStream, plain: &str, wrapped: &str) -> TokenStream {
        let (column, ty) = (self.column_type(krate), &self.ty);
        let (implementation, item) = match self.form {
            Form::Plain => (quote_spanned!(ty.span()=> <#column as #krate::ColumnType>), format_ident!("{plain}")),
            _ => (quote_spanned!(ty.span()=> <#column as #krate::Wrapped<#ty>>), format_ident!("{wrapped}")),
        };
        quote!(#implementation::#item)
    }

    fn wrapper_borrows(&self) -> Option<Token![&]> {
        (!matches!(self.form, Form::Plain)).then(<Token![&]>::default)
    }
}

impl Wrapper {
    /// Writes the wrapper type around a type.
    fn around(self, ty: &Type, krate: &TokenStream, span: Span) -> TokenStream {
        let krate = &path_at(span, krate);
        match self {
            Wrapper::Json => quote_spanned!(span=> #krate::Json<#ty>),
            Wrapper::Array => quote_spanned!(span=> #krate::Array<#ty>),
            Wrapper::Scaled(places) => {
                let places = Literal::u32_unsuffixed(places);
                quote_spanned!(span=> #krate::Scaled<#places>)
            }
            Wrapper::Timed(form) => {
                let form = form.marker(krate, span);
                quote_spanned!(span=> #krate::Encoded<#ty, #form>)
            }
            Wrapper::Uuid { hyphens, upper } => {
                quote_spanned!(span=> #krate::Encoded<#ty, #krate::encoding::UuidText<#hyphens, #upper>>)
            }
            Wrapper::DecimalReal => {
                quote_spanned!(span=> #krate::Encoded<#ty, #krate::encoding::DecimalReal>)
            }
            Wrapper::DecimalText(places) => {
                let places = Literal::u32_unsuffixed(places);
                quote_spanned!(span=> #krate::Encoded<#ty, #krate::encoding::DecimalText<#places>>)
            }
        }
    }
}

/// The items of a field's attribute that select a wrapper. More than one such item is an error.
#[derive(Default)]
pub(crate) struct NamedForms(Vec<(Ident, Wrapper)>);

impl NamedForms {
    /// Reads an item of the attribute if it is one that selects a wrapper, and returns whether it
    /// is. An invalid value is reported.
    pub(crate) fn read(&mut self, item: &Item, errors: &mut Errors<'_>) -> bool {
        let wrapper = match item.key().as_str() {
            "json" => item.word(errors).map(|_| Wrapper::Json),
            "array" => item.word(errors).map(|_| Wrapper::Array),
            "scale" => scale(item, errors).map(Wrapper::Scaled),
            "time" => time(item, errors),
            "uuid" => uuid(item, errors),
            "decimal" => decimal(item, errors),
            _ => return false,
        };
        self.0.extend(wrapper.map(|wrapper| (item.name.clone(), wrapper)));
        true
    }

    /// Returns how the field is stored. If several items select a wrapper, reports an error.
    pub(crate) fn form(self, errors: &mut Errors<'_>) -> Form {
        match &self.0[..] {
            [] => Form::Plain,
            [(name, wrapper)] => Form::Wrapped(*wrapper, name.span()),
            [(first, _), (second, _), ..] => {
                let message = format_args!("`{first}` and `{second}` are two stored forms: leave one of them out");
                errors.push(second.span(), message);
                Form::Plain
            }
        }
    }
}

/// Returns the number of decimal places in `scale = n`. If it is invalid, reports an error and
/// returns `None`.
fn scale(item: &Item, errors: &mut Errors<'_>) -> Option<u32> {
    let number: LitInt = item.value("2", errors)?;
    match number.base10_parse::<u32>() {
        Ok(scale) if scale <= 28 => Some(scale),
        _ => {
            errors.push(number.span(), "`scale` is the number of decimal places: write a number from 0 to 28");
            None
        }
    }
}

fn time(item: &Item, errors: &mut Errors<'_>) -> Option<Wrapper> {
    let word = item.string("unix_seconds", errors)?;
    TimeForm::parse(&word.value()).map_err(|message| errors.push(word.span(), message)).map(Wrapper::Timed).ok()
}

fn uuid(item: &Item, errors: &mut Errors<'_>) -> Option<Wrapper> {
    let word = item.string("text", errors)?;
    let (hyphens, upper) = match word.value().as_str() {
        "text" => (true, false),
        "simple" => (false, false),
        "upper" => (true, true),
        other => {
            let message = format_args!(
                "`uuid` has no form `{other}`: write `text` for 36 characters in lower case, `upper` for upper case, or `simple` for 32 \
                 characters without hyphens; without `uuid`, a UUID is stored as its 16 bytes"
            );
            errors.push(word.span(), message);
            return None;
        }
    };
    Some(Wrapper::Uuid { hyphens, upper })
}

fn decimal(item: &Item, errors: &mut Errors<'_>) -> Option<Wrapper> {
    let word = item.string("real", errors)?;
    let text = word.value();
    let places = text.strip_prefix("text(").and_then(|rest| rest.strip_suffix(')')?.parse::<u32>().ok());
    match (text.as_str(), places) {
        ("real", _) => Some(Wrapper::DecimalReal),
        (_, Some(places)) if places <= 28 => Some(Wrapper::DecimalText(places)),
        (other, _) => {
            let message = format_args!(
                "`decimal` has no form `{other}`: write `real` for a floating-point number, or `text(2)` for text with two decimal places; \
                 without `decimal`, a decimal is stored as text with as many places as it needs, or with `scale = 2` as an integer"
            );
            errors.push(word.span(), message);
            None
        }
    }
}

/// Returns the `T` of an `Option<T>`, or `None` for any other type. `Option` is recognized by its
/// name.
fn inside_option(ty: &Type) -> Option<&Type> {
    let ty = match ty {
        Type::Group(group) => return inside_option(&group.elem),
        Type::Paren(paren) => return inside_option(&paren.elem),
        Type::Path(ty) => ty,
        _ => return None,
    };
    let last = ty.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) if last.ident == "Option" && arguments.args.len() == 1 => Some(inner),
        _ => None,
    }
}
