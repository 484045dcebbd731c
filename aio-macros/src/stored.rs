//! How a field is stored: the calls that define, read and bind it.
//!
//! All of them name the column type `V` as `<V as ColumnType>` at the field's own type, or as `<V
//! as Wrapped<T>>` for a field in a wrapper, because the compiler then merges the errors about a
//! type that no column can hold into one.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericArgument, LitInt, PathArguments, Token, Type};

use crate::attribute::Item;
use crate::errors::Errors;
use crate::shape::{at, shown_at};
use crate::time_form::TimeForm;

/// A field's type and its stored form.
pub(crate) struct Stored {
    pub(crate) ty: Type,
    pub(crate) form: Form,
}

/// The stored form of a field.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// The form of its type.
    Plain,
    /// That of a wrapper around its type, which an attribute has named.
    Wrapped(Wrapper, Span),
}

/// A wrapper type, which says how a field is stored.
#[derive(Clone, Copy)]
pub(crate) enum Wrapper {
    /// JSON.
    Json,
    /// An integer with this many decimal places.
    Scaled(u32),
    /// A time as another program stores it.
    Timed(TimeForm),
    /// A UUID as text.
    Uuid { hyphens: bool, upper: bool },
    /// A decimal as a floating-point number.
    DecimalReal,
    /// A decimal as text with this many places.
    DecimalText(u32),
}

impl Stored {
    /// Returns the type of the column: the field's own type, or the wrapper around it, inside the
    /// `Option` if there is one.
    pub(crate) fn column_type(&self, krate: &TokenStream) -> TokenStream {
        let Form::Wrapped(wrapper, span) = self.form else { return self.ty.to_token_stream() };
        let span = shown_at(span);
        // The wrapper is inside the `Option`, because a JSON `null` is not NULL. Only the tokens
        // can tell an `Option`.
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

    /// Writes the statement that binds a field which is an `Option`; `None` leaves the column to
    /// its default.
    pub(crate) fn bind_or_default(&self, krate: &TokenStream, field: &TokenStream) -> TokenStream {
        let bind = self.item(krate, "bind_or_default", "bind_field_or_default");
        let by_reference = self.wrapper_borrows();
        quote!(#bind(#by_reference #field, to);)
    }

    /// Writes an item of `ColumnType`, or one of `Wrapped` for a field in a wrapper.
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
    /// Writes the wrapper around a type.
    fn around(self, ty: &Type, krate: &TokenStream, span: Span) -> TokenStream {
        let krate = &at(span, krate);
        match self {
            Wrapper::Json => quote_spanned!(span=> #krate::Json<#ty>),
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

/// The items of a field's attribute that name a stored form: one of them at most.
#[derive(Default)]
pub(crate) struct NamedForms(Vec<(Ident, Wrapper)>);

impl NamedForms {
    /// Reads an item of the attribute. Returns whether it is one that names a form.
    pub(crate) fn read(&mut self, item: &Item, errors: &mut Errors<'_>) -> bool {
        let wrapper = match item.key().as_str() {
            "json" => item.word(errors).map(|_| Wrapper::Json),
            "scale" => scale(item, errors).map(Wrapper::Scaled),
            "time" => time(item, errors),
            "uuid" => uuid(item, errors),
            "decimal" => decimal(item, errors),
            _ => return false,
        };
        self.0.extend(wrapper.map(|wrapper| (item.name.clone(), wrapper)));
        true
    }

    /// Returns the form that was named.
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

/// Returns the number of decimal places in `scale = n`.
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
                "`uuid` has no form `{other}`: it takes `text` for 36 characters with small letters, `upper` with capital ones, `simple` \
                 for 32 without hyphens; by itself a UUID is stored as its 16 bytes"
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
                "`decimal` has no form `{other}`: it takes `real` for floating-point numbers, `text(2)` for text with two places; by itself \
                 a decimal is stored as text with as many places as it needs, and with `scale = 2` as an integer"
            );
            errors.push(word.span(), message);
            None
        }
    }
}

/// Returns the `T` of an `Option<T>`, which is recognized by its name.
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
