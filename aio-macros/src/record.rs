//! `#[derive(Record)]`: a struct that is the result of a query and no table.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{DeriveInput, Field, Path, Visibility};

use crate::attribute::Grammar;
use crate::errors::Errors;
use crate::from_row::{self, Read};
use crate::name::{constant, snake_case};
use crate::shape;
use crate::stored::{self, Stored};

static RECORD: Grammar = Grammar {
    list: "#[record(..)]",
    attribute: "record",
    owner: "the struct",
    names: &["crate"],
    repeated: &[],
    hints: &[],
    other: Some(&FIELD),
};

static FIELD: Grammar = Grammar {
    list: "#[record(..)]",
    attribute: "record",
    owner: "a field",
    names: &["name", "json", "scale", "skip"],
    repeated: &[],
    hints: &[],
    other: Some(&RECORD),
};

/// A field of the record; `name` is none for one that is skipped.
struct RecordField<'a> {
    ident: &'a Ident,
    vis: &'a Visibility,
    /// Of the column's constant.
    constant: Option<Ident>,
    name: Option<String>,
    stored: Stored,
}

/// Expands the derive.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    Errors::collect(&input.ident, |errors| {
        let krate = RECORD
            .items(&input.attrs, errors)
            .first()
            .and_then(|item| item.path(errors))
            .map_or_else(shape::default_crate, Path::into_token_stream);
        let Some(fields) = shape::named_fields(input, "Record", errors) else {
            return empty(&krate, input);
        };
        let fields: Vec<_> = fields.map(|(field, ident)| parse(field, ident, &mut errors.field(ident))).collect();
        check(&input.ident, &fields, errors);
        expand(&krate, &input.vis, &input.ident, &fields)
    })
}

fn parse<'a>(field: &'a Field, ident: &'a Ident, errors: &mut Errors<'_>) -> RecordField<'a> {
    let (mut name, mut json, mut scale, mut skip) = (None, None, None, None);
    let items = FIELD.items(&field.attrs, errors);
    for item in &items {
        match item.key().as_str() {
            "name" => name = item.string("name", errors).map(|name| name.value()),
            "json" => json = item.word(errors),
            "scale" => scale = stored::scale(item, errors).map(|places| (places, item.name.span())),
            _ => skip = item.word(errors),
        }
    }
    if skip.is_some()
        && let Some(other) = items.iter().find(|item| item.name != "skip")
    {
        let message = format_args!("`skip` reads the field from no column: leave `{}` out, or `skip`", other.name);
        errors.push(other.name.span(), message);
    }
    let name = skip.is_none().then(|| name.unwrap_or_else(|| ident.unraw().to_string()));
    let form = stored::form(json, scale, errors);
    let constant = name.as_ref().and_then(|_| constant(ident, errors));
    RecordField { ident, vis: &field.vis, constant, name, stored: Stored { ty: field.ty.clone(), form } }
}

fn check(record: &Ident, fields: &[RecordField<'_>], errors: &mut Errors<'_>) {
    if fields.iter().all(|field| field.name.is_none()) {
        errors.push(record.span(), "a record needs a column: give the struct a field without `#[record(skip)]`");
    }
    for (index, field) in fields.iter().enumerate() {
        let Some(name) = &field.name else { continue };
        if let Some(before) = fields[..index].iter().find(|before| before.name.as_ref() == Some(name)) {
            let message = format_args!(
                "`{record}.{}` reads the column `{name}` already: give one of them another `name`",
                before.ident
            );
            errors.field(field.ident).push(field.ident.span(), message);
        }
    }
}

fn expand(krate: &TokenStream, vis: &Visibility, ident: &Ident, fields: &[RecordField<'_>]) -> TokenStream {
    let types = fields.iter().filter(|field| field.name.is_some()).map(|field| field.stored.column_type(krate));
    let read =
        fields.iter().map(|RecordField { ident, name, stored, .. }| Read { ident, name: name.as_deref(), stored });
    let from_row = from_row::expand(krate, ident, read);
    let source = source(krate, vis, ident, fields);
    quote! {
        #from_row
        #[automatically_derived]
        impl #krate::Record for #ident {
            type Fields = (#(#types,)*);
        }
        #source
    }
}

/// The record as a table of other queries, which a `Cte` names: its columns as constants, and itself as a value.
fn source(krate: &TokenStream, vis: &Visibility, ident: &Ident, fields: &[RecordField<'_>]) -> TokenStream {
    let name = snake_case(&ident.unraw().to_string());
    let rust_name = ident.unraw().to_string();
    let (mut definitions, mut constants, mut written) = (Vec::new(), Vec::new(), Vec::new());
    for field in fields {
        let (Some(column), Some(constant)) = (&field.name, &field.constant) else { continue };
        let ty = field.stored.column_type(krate);
        definitions.push(quote!(<#ty as #krate::ColumnType>::COLUMN.named(#column)));
        if !written.contains(&constant) {
            written.push(constant);
            let (vis, doc) = (field.vis, format!(" The column `{column}`."));
            constants.push(quote! {
                #[doc = #doc]
                #vis const #constant: #krate::Column<#ident, #ty> = #krate::Column::new(#column);
            });
        }
    }
    let doc = format!(" The rows of a query that is named `{name}`.");
    quote! {
        #[automatically_derived]
        impl #krate::Source for #ident {
            type Row = Self;
            const DEFINITION: &'static #krate::schema::TableDef =
                &#krate::schema::TableDef::new(#name, #rust_name, &[#(#definitions),*]);
            const ALIAS: ::core::option::Option<&'static str> = ::core::option::Option::None;
        }
        #[allow(dead_code, private_bounds, private_interfaces)]
        impl #ident {
            #(#constants)*
        }
        #[doc = #doc]
        #[allow(dead_code, non_upper_case_globals)]
        #vis const #ident: #krate::TableOf<#ident> = #krate::TableOf::new();
    }
}

/// Empty impls to stand beside an error; for a type with generics there are none.
fn empty(krate: &TokenStream, input: &DeriveInput) -> TokenStream {
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let (ident, from_row) = (&input.ident, from_row::empty(krate, &input.ident));
    quote! {
        #from_row
        #[automatically_derived]
        impl #krate::Record for #ident {
            type Fields = ();
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{expect, expect_file};
    use syn::{DeriveInput, parse_quote};

    use crate::testing::{formatted, messages};

    #[test]
    fn record_expands() {
        let input: DeriveInput = parse_quote! {
            pub struct Entry {
                pub name: String,
                #[record(name = "how_old")]
                age: Option<i32>,
                #[record(json)]
                tags: Option<Vec<String>>,
                #[record(skip)]
                seen: bool,
            }
        };
        expect_file!["../snapshots/record.rs"].assert_eq(&formatted(super::derive(&input)));
    }

    #[test]
    fn mistakes_come_at_once() {
        let input: DeriveInput = parse_quote! {
            #[record(json)]
            struct Entry {
                #[record(nam = "a")]
                a: i64,
                #[record(name = "a")]
                b: i64,
                #[record(skip, json)]
                c: i64,
                #[record(crate = "x")]
                d: i64,
            }
        };
        expect![[r#"
            Entry: `json` belongs to a field: write `#[record(json)]` there
            Entry.a: `#[record(..)]` has no `nam`: did you mean `name`?
            Entry.c: `skip` reads the field from no column: leave `json` out, or `skip`
            Entry.d: `crate` belongs to the struct: write `#[record(crate = …)]` there
            Entry.b: `Entry.a` reads the column `a` already: give one of them another `name`"#]]
        .assert_eq(&messages(super::derive(&input)).join("\n"));
        let input: DeriveInput = parse_quote!(
            enum Entry {
                A,
            }
        );
        expect!["Entry: `#[derive(Record)]` is for a struct with named fields, this is an enum; an enum can be a column: `#[derive(SqlType)]`"].assert_eq(&messages(super::derive(&input)).join("\n"));
    }
}
