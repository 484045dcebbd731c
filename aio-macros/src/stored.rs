//! How a field is stored: the calls that define, read and bind it.
//!
//! All of them name the column type `V` as `<V as ColumnType>` at the field's own type, or as `<V
//! as Wrapped<T>>` for a field in a wrapper, because the compiler then merges the errors about a
//! type that no column can hold into one.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericArgument, LitInt, PathArguments, Token, Type};

use crate::attribute::Item;
use crate::errors::Errors;
use crate::shape::{at, shown_at};

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
    /// JSON.
    Json(Span),
    /// An integer with this many decimal places.
    Scaled(u32, Span),
}

impl Stored {
    /// Returns the type of the column: the field's own type, or the wrapper around it, inside the
    /// `Option` if there is one.
    pub(crate) fn column_type(&self, krate: &TokenStream) -> TokenStream {
        let wrap = |ty: &Type| match self.form {
            Form::Plain => ty.to_token_stream(),
            Form::Json(span) => {
                let span = shown_at(span);
                let krate = at(span, krate);
                quote_spanned!(span=> #krate::Json<#ty>)
            }
            Form::Scaled(scale, span) => {
                let span = shown_at(span);
                let (krate, scale) = (at(span, krate), Literal::u32_unsuffixed(scale));
                quote_spanned!(span=> #krate::Scaled<#scale>)
            }
        };
        match (self.form, inside_option(&self.ty)) {
            // The wrapper is inside the `Option`, because a JSON `null` is not NULL. Only the
            // tokens can tell an `Option`.
            (Form::Json(span) | Form::Scaled(_, span), Some(inner)) => {
                let wrapped = wrap(inner);
                quote_spanned!(shown_at(span)=> ::core::option::Option<#wrapped>)
            }
            _ => wrap(&self.ty),
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

/// Returns the number of decimal places in `scale = n`.
pub(crate) fn scale(item: &Item, errors: &mut Errors<'_>) -> Option<u32> {
    let number: LitInt = item.value("2", errors)?;
    match number.base10_parse::<u32>() {
        Ok(scale) if scale <= 28 => Some(scale),
        _ => {
            errors.push(number.span(), "`scale` is the number of decimal places: write a number from 0 to 28");
            None
        }
    }
}

/// Returns the form for `json` and `scale`, which exclude each other.
pub(crate) fn form(json: Option<Span>, scale: Option<(u32, Span)>, errors: &mut Errors<'_>) -> Form {
    match (json, scale) {
        (None, None) => Form::Plain,
        (Some(span), None) => Form::Json(span),
        (None, Some((places, span))) => Form::Scaled(places, span),
        (Some(_), Some((_, span))) => {
            errors.push(span, "`json` and `scale` are two stored forms: leave one of them out");
            Form::Plain
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
