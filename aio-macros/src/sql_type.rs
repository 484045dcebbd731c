//! `#[derive(SqlType)]`: an enum without data is stored as text or as integers, and a newtype is
//! stored like the value in it.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DataEnum, DeriveInput, Expr, ExprLit, Fields, Lit, LitStr, Path, Token, Type, UnOp, Variant};

use crate::attribute::{Grammar, Item};
use crate::errors::Errors;
use crate::name::{Case, quoted};
use crate::shape;

static TYPE: Grammar = Grammar {
    list: "#[sql_type(..)]",
    attribute: "sql_type",
    owner: "the type",
    names: &["integer", "rename_all", "crate"],
    repeated: &[],
    hints: &[],
    other: Some(&VARIANT),
};

static VARIANT: Grammar = Grammar {
    list: "#[sql_type(..)]",
    attribute: "sql_type",
    owner: "a variant",
    names: &["name"],
    repeated: &[],
    hints: &[("rename", "write `name = \"…\"`")],
    other: Some(&TYPE),
};

/// The type for which the trait is derived.
enum Model<'a> {
    Newtype(&'a Type),
    /// An enum, stored as integers or as texts.
    Enum {
        integer: bool,
        variants: Vec<StoredVariant<'a>>,
    },
}

/// A variant of an enum, with the text and the integer that can be stored for it.
struct StoredVariant<'a> {
    ident: &'a Ident,
    text: String,
    /// The span of the text.
    span: Span,
    /// The discriminant, if it is known: it is written as a number, or counted from 0 or from an
    /// earlier number. Otherwise `None`.
    discriminant: Option<i64>,
}

/// Expands `#[derive(SqlType)]`.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    Errors::collect(&input.ident, |errors| {
        let (mut krate, mut integer, mut case) = (shape::default_crate(), None, None);
        for item in TYPE.items(&input.attrs, errors) {
            match item.key().as_str() {
                "integer" => integer = item.word(errors),
                "rename_all" => case = Some((self::case(&item, errors), item.name.span())),
                _ => krate = item.path(errors).map_or(krate, Path::into_token_stream),
            }
        }
        let accepted = shape::check_no_generics(input, "SqlType", errors);
        match parse(input, integer, case, errors).filter(|_| accepted) {
            Some(model) => {
                check(&model, errors);
                expand(&krate, &input.ident, &model)
            }
            None if accepted => empty(&krate, &input.ident),
            None => TokenStream::new(),
        }
    })
}

/// Returns the case in the value of `rename_all`. If the value is invalid, reports an error and
/// returns snake case.
fn case(item: &Item, errors: &mut Errors<'_>) -> Case {
    let Some(name) = item.value::<LitStr>("\"snake_case\"", errors) else { return Case::Snake };
    Case::named(&name.value()).unwrap_or_else(|| {
        let known = quoted(Case::NAMES.iter().map(|(name, _)| *name));
        errors.push(name.span(), format_args!("`{}` is not a case of names: write one of {known}", name.value()));
        Case::Snake
    })
}

fn parse<'a>(
    input: &'a DeriveInput,
    integer: Option<Span>,
    case: Option<(Case, Span)>,
    errors: &mut Errors<'_>,
) -> Option<Model<'a>> {
    let message = match &input.data {
        Data::Enum(data) => {
            if let (Some(_), Some((_, span))) = (integer, case) {
                errors.push(span, "the enum is stored as integers: leave `rename_all` out");
            }
            let case = case.map_or(Case::Snake, |(case, _)| case);
            return variants(input, data, integer.is_some(), case, errors);
        }
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                for attribute in fields.unnamed.iter().flat_map(|field| &field.attrs) {
                    if attribute.path().is_ident("sql_type") {
                        errors
                            .push(attribute.span(), "the field of a newtype cannot have this attribute: leave it out");
                    }
                }
                for (name, span) in [("integer", integer), ("rename_all", case.map(|(_, span)| span))] {
                    if let Some(span) = span {
                        let message = "is for an enum; a newtype is stored like the value in it: leave it out";
                        errors.push(span, format_args!("`{name}` {message}"));
                    }
                }
                return fields.unnamed.first().map(|field| Model::Newtype(&field.ty));
            }
            _ => {
                "`#[derive(SqlType)]` is for an enum or a struct with one field without a name, `struct UserId(i64);`; \
                  a column can hold another struct as JSON: `#[column(json)]`"
            }
        },
        Data::Union(_) => "`#[derive(SqlType)]` is for an enum or a newtype, this is a union",
    };
    errors.push(input.ident.span(), message);
    None
}

fn variants<'a>(
    input: &'a DeriveInput,
    data: &'a DataEnum,
    integer: bool,
    case: Case,
    errors: &mut Errors<'_>,
) -> Option<Model<'a>> {
    if data.variants.is_empty() {
        errors.push(input.ident.span(), "an enum without variants has no value to store");
        return None;
    }
    let (mut variants, mut unit, mut discriminant) = (Vec::new(), true, Some(0));
    for variant in &data.variants {
        let errors = &mut errors.field(&variant.ident);
        unit &= is_unit(variant, errors);
        if let Some((_, value)) = &variant.discriminant {
            discriminant = number(value);
            if integer && discriminant.is_none() {
                errors.push_tokens(
                    value,
                    "this number is stored in the database: write it as an integer literal of at most 64 bits",
                );
            }
        }
        let (text, span) = text(variant, integer, case, errors);
        variants.push(StoredVariant { ident: &variant.ident, text, span, discriminant });
        discriminant = discriminant.and_then(|discriminant: i64| discriminant.checked_add(1));
    }
    unit.then_some(Model::Enum { integer, variants })
}

fn is_unit(variant: &Variant, errors: &mut Errors<'_>) -> bool {
    let unit = matches!(variant.fields, Fields::Unit);
    if !unit {
        errors.push_tokens(
            &variant.fields,
            "a variant with data has no stored form: store the enum with `#[column(json)]`",
        );
    }
    unit
}

/// Returns the text of a variant and its span.
fn text(variant: &Variant, integer: bool, case: Case, errors: &mut Errors<'_>) -> (String, Span) {
    let made = (case.apply(&variant.ident.unraw().to_string()), variant.ident.span());
    let Some(item) = VARIANT.items(&variant.attrs, errors).into_iter().next() else { return made };
    if integer {
        errors.push(item.name.span(), "the enum is stored as integers: leave `name` out");
    }
    // Unlike other names, the text of a variant may be empty.
    item.value::<LitStr>("\"red\"", errors).map_or(made, |name| (name.value(), name.span()))
}

fn number(value: &Expr) -> Option<i64> {
    match value {
        Expr::Group(group) => number(&group.expr),
        Expr::Paren(paren) => number(&paren.expr),
        Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => int.base10_parse().ok(),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => match &*unary.expr {
            Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => format!("-{}", int.base10_digits()).parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

/// Checks that no two variants have the same text. The compiler checks their discriminants.
fn check(model: &Model<'_>, errors: &mut Errors<'_>) {
    let Model::Enum { integer: false, variants } = model else { return };
    for (index, variant) in variants.iter().enumerate() {
        if let Some(before) = variants[..index].iter().find(|before| before.text == variant.text) {
            let message =
                format_args!("`{}` already has this text: give one of the variants another `name`", before.ident);
            errors.field(variant.ident).push(variant.span, message);
        }
    }
}

fn expand(krate: &TokenStream, ident: &Ident, model: &Model<'_>) -> TokenStream {
    let body = match model {
        Model::Newtype(inner) => newtype(krate, inner),
        Model::Enum { integer: true, variants } => {
            let numbers = variants.iter().map(|variant| variant.discriminant.unwrap_or_default());
            let literals = numbers.clone().map(integer_literal).collect::<Vec<_>>();
            let shown = numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(", ");
            // An enum that is stored as integers sorts in the database in the order of a derived
            // `Ord`: both compare the discriminants.
            enum_items(
                krate,
                variants,
                &EnumForm { ty: "Integer", domain: "Integers", order: "Sorted", literals, shown },
            )
        }
        Model::Enum { integer: false, variants } => {
            let literals = variants.iter().map(|variant| variant.text.to_token_stream()).collect();
            let shown = variants.iter().map(|variant| variant.text.as_str()).collect::<Vec<_>>().join(", ");
            let order = if sorted_by_text(variants) { "Sorted" } else { "Unsorted" };
            enum_items(krate, variants, &EnumForm { ty: "Text", domain: "Texts", order, literals, shown })
        }
    };
    let private = shape::private(krate);
    quote! {
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #krate::SqlType for #ident {
            #body
        }
        #[automatically_derived]
        impl #private::ListItem for #ident {}
    }
}

/// Writes an integer. The sign is a separate token, as in source code.
fn integer_literal(number: i64) -> TokenStream {
    let (minus, magnitude) = ((number < 0).then(<Token![-]>::default), Literal::u64_unsuffixed(number.unsigned_abs()));
    quote!(#minus #magnitude)
}

/// Returns whether the texts sort in the order of the variants. A derived `Ord` compares the
/// discriminants.
fn sorted_by_text(variants: &[StoredVariant<'_>]) -> bool {
    let known: Option<Vec<_>> = variants.iter().map(|variant| Some((variant.discriminant?, &variant.text))).collect();
    known.is_some_and(|mut known| {
        known.sort();
        known.is_sorted_by_key(|(_, text)| *text)
    })
}

/// How an enum is stored: the names of the variants of the runtime's `Type` and `Domain`, and a
/// literal for each variant of the enum.
struct EnumForm {
    ty: &'static str,
    domain: &'static str,
    order: &'static str,
    literals: Vec<TokenStream>,
    shown: String,
}

fn enum_items(krate: &TokenStream, variants: &[StoredVariant<'_>], form: &EnumForm) -> TokenStream {
    let EnumForm { ty, domain, order, literals, shown } = form;
    let another = format!("another {}", ty.to_lowercase());
    let [ty, domain, order] = [ty, domain, order].map(|name| format_ident!("{name}"));
    let expected = format!("one of {shown}");
    let names: Vec<_> = variants.iter().map(|variant| variant.ident).collect();
    let chosen = quote!(match self { #(Self::#names => #literals),* });
    let stored = if ty == "Text" { quote!(::std::string::String::from(#chosen)) } else { chosen };
    quote! {
        const TYPE: #krate::Type = #krate::Type::#ty;
        const DOMAIN: #krate::Domain = #krate::Domain::#domain(&[#(#literals),*]);
        type Order = #krate::#order;
        type Read = Self;
        fn to_value(&self) -> ::core::result::Result<#krate::Value, #krate::Unstorable> {
            ::core::result::Result::Ok(#krate::Value::#ty(#stored))
        }
        fn from_value(value: #krate::ValueRef<'_>) -> ::core::result::Result<Self, #krate::Mismatch> {
            match value {
                #(#krate::ValueRef::#ty(#literals) => ::core::result::Result::Ok(Self::#names),)*
                #krate::ValueRef::#ty(_) => ::core::result::Result::Err(#krate::Mismatch::new(#expected, #another)),
                other => ::core::result::Result::Err(#krate::Mismatch::new(#expected, other.kind())),
            }
        }
    }
}

fn newtype(krate: &TokenStream, inner: &Type) -> TokenStream {
    let span = inner.span();
    let inner = quote_spanned!(span=> <#inner as #krate::SqlType>);
    let order = quote_spanned!(span=> type Order = #inner::Order;);
    quote! {
        const TYPE: #krate::Type = #inner::TYPE;
        const DOMAIN: #krate::Domain = #inner::DOMAIN;
        const SCALE: u32 = #inner::SCALE;
        const CHECKED: bool = #inner::CHECKED;
        #order
        type Read = Self;
        fn to_value(&self) -> ::core::result::Result<#krate::Value, #krate::Unstorable> {
            #inner::to_value(&self.0)
        }
        fn into_value(self) -> ::core::result::Result<#krate::Value, #krate::Unstorable> {
            #inner::into_value(self.0)
        }
        fn from_value(value: #krate::ValueRef<'_>) -> ::core::result::Result<Self, #krate::Mismatch> {
            ::core::result::Result::map(#inner::from_value(value), Self)
        }

        #[inline]
        fn read_next(row: &mut #krate::RowRef<'_>) -> ::core::option::Option<Self> {
            ::core::option::Option::map(#inner::read_next(row), Self)
        }
    }
}

/// Writes an impl without content for a type that the derive rejects, so that code that uses the
/// type causes no further errors.
fn empty(krate: &TokenStream, ident: &Ident) -> TokenStream {
    let private = shape::private(krate);
    quote! {
        #[automatically_derived]
        impl #krate::SqlType for #ident {
            const TYPE: #krate::Type = #krate::Type::Text;
            type Order = #krate::Sorted;
            type Read = Self;
            fn to_value(&self) -> ::core::result::Result<#krate::Value, #krate::Unstorable> {
                ::core::unreachable!()
            }
            fn from_value(_value: #krate::ValueRef<'_>) -> ::core::result::Result<Self, #krate::Mismatch> {
                ::core::unreachable!()
            }
        }
        #[automatically_derived]
        impl #private::ListItem for #ident {}
    }
}

#[cfg(test)]
mod tests;
