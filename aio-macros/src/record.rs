//! `#[derive(Record)]`: a struct that is not a table and is read from the rows of a query.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{DeriveInput, Field, Path, Visibility};

use crate::attribute::Grammar;
use crate::errors::Errors;
use crate::fallback;
use crate::from_row::{self, Origin, Read};
use crate::name::{constant, snake_case};
use crate::shape;
use crate::stored::{NamedForms, Stored};

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
    names: &["name", "json", "array", "scale", "time", "uuid", "decimal", "nested", "skip"],
    repeated: &[],
    hints: &[
        ("rename", "write `name = \"…\"`"),
        ("flatten", "write `nested` for a field that is a record or a row of a table"),
    ],
    other: Some(&RECORD),
};

/// A field of the record; `name` is `None` if it is not a single column.
struct RecordField<'a> {
    ident: &'a Ident,
    vis: &'a Visibility,
    /// The name of the column's constant.
    constant: Option<Ident>,
    name: Option<String>,
    /// The span of `nested`, if the field is itself a struct that is read from several columns.
    nested: Option<Span>,
    stored: Stored,
}

impl RecordField<'_> {
    fn origin(&self) -> Origin<'_> {
        match (&self.name, self.nested) {
            (Some(name), _) => Origin::Column(name),
            (None, Some(span)) => Origin::Nested(span),
            (None, None) => Origin::Nowhere,
        }
    }
}

/// Expands `#[derive(Record)]`.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    Errors::collect(&input.ident, |errors| {
        let krate = RECORD
            .items(&input.attrs, errors)
            .first()
            .and_then(|item| item.path(errors))
            .map_or_else(shape::default_crate, Path::into_token_stream);
        let Some(fields) = shape::named_fields(input, "Record", errors) else {
            return fallback::record(&krate, input);
        };
        let fields: Vec<_> = fields.map(|(field, ident)| parse(field, ident, &mut errors.field(ident))).collect();
        check(&input.ident, &fields, errors);
        expand(&krate, &input.vis, &input.ident, &fields)
    })
}

fn parse<'a>(field: &'a Field, ident: &'a Ident, errors: &mut Errors<'_>) -> RecordField<'a> {
    let (mut name, mut forms, mut nested, mut skip) = (None, NamedForms::default(), None, None);
    let items = FIELD.items(&field.attrs, errors);
    for item in &items {
        if forms.read(item, errors) {
            continue;
        }
        match item.key().as_str() {
            "name" => name = item.string("name", errors).map(|name| name.value()),
            "nested" => nested = item.word(errors),
            _ => skip = item.word(errors),
        }
    }
    let alone = match (skip, nested) {
        (Some(_), _) => Some(("skip", "means that the field is not read from a column")),
        (None, Some(_)) => Some(("nested", "reads the columns of the field's own type")),
        (None, None) => None,
    };
    if let Some((word, means)) = alone
        && let Some(other) = items.iter().find(|item| item.name != word)
    {
        errors.push(other.name.span(), format_args!("`{word}` {means}: leave out either `{}` or `{word}`", other.name));
    }
    let name = alone.is_none().then(|| name.unwrap_or_else(|| ident.unraw().to_string()));
    let form = forms.form(errors);
    let constant = name.as_ref().and_then(|_| constant(ident, errors));
    let nested = nested.filter(|_| skip.is_none());
    RecordField { ident, vis: &field.vis, constant, name, nested, stored: Stored { ty: field.ty.clone(), form } }
}

fn check(record: &Ident, fields: &[RecordField<'_>], errors: &mut Errors<'_>) {
    if fields.iter().all(|field| matches!(field.origin(), Origin::Nowhere)) {
        errors.push(record.span(), "a record needs at least one column: add a field without `#[record(skip)]`");
    }
    for (index, field) in fields.iter().enumerate() {
        let Some(name) = &field.name else { continue };
        if let Some(before) = fields[..index].iter().find(|before| before.name.as_ref() == Some(name)) {
            let message = format_args!(
                "`{record}.{}` already reads the column `{name}`: give one of the fields another `name`",
                before.ident
            );
            errors.field(field.ident).push(field.ident.span(), message);
        }
    }
}

fn expand(krate: &TokenStream, vis: &Visibility, ident: &Ident, fields: &[RecordField<'_>]) -> TokenStream {
    let read = fields.iter().map(|field| Read { ident: field.ident, origin: field.origin(), stored: &field.stored });
    let from_row = from_row::expand(krate, ident, read);
    let is_read = |field: &&RecordField<'_>| !matches!(field.origin(), Origin::Nowhere);
    let types = fields.iter().filter(is_read).map(|field| &field.stored.ty);
    let places = fields.iter().filter(is_read).enumerate().map(|(place, field)| {
        let (name, place) = (field.ident, Literal::usize_unsuffixed(place));
        quote!(#name: fields.#place)
    });
    let defaults = fields.iter().filter(|field| !is_read(field)).map(|field| {
        let (name, ty) = (field.ident, &field.stored.ty);
        quote_spanned!(ty.span()=> #name: <#ty as ::core::default::Default>::default())
    });
    let values = places.chain(defaults);
    let name = snake_case(&ident.unraw().to_string());
    let (source, doc) = if fields.iter().any(|field| field.nested.is_some()) {
        // The columns of nested fields may have equal names, but the columns of a CTE must not.
        (None, " It cannot name the columns of a CTE, because it has nested fields.".to_owned())
    } else {
        (
            Some(source(krate, ident, &name, fields)),
            format!(" The CTE with the name `{name}`, in the FROM clause of a query."),
        )
    };
    quote! {
        #from_row
        #[automatically_derived]
        impl #krate::Record for #ident {
            type Fields = (#(#types,)*);
            fn from_fields(fields: Self::Fields) -> Self {
                Self { #(#values),* }
            }
        }
        #source
        #[doc = #doc]
        #[allow(dead_code, non_upper_case_globals)]
        #vis const #ident: #krate::TableOf<#ident> = #krate::TableOf::new();
    }
}

/// Writes the impl of `Source` and the columns as constants, so that the record can name the
/// columns of a CTE.
fn source(krate: &TokenStream, ident: &Ident, name: &str, fields: &[RecordField<'_>]) -> TokenStream {
    let rust_name = ident.unraw().to_string();
    let (mut definitions, mut constants, mut written) = (Vec::new(), Vec::new(), Vec::new());
    let mut columns = Vec::new();
    let names = fields.iter().map(|field| field.ident);
    for field in fields {
        let (Some(column), Some(constant)) = (&field.name, &field.constant) else { continue };
        let ty = field.stored.column_type(krate);
        definitions.push(quote!(<#ty as #krate::ColumnType>::COLUMN.named(#column)));
        columns.push(ty.clone());
        if !written.contains(&constant) {
            written.push(constant);
            let (vis, doc) = (field.vis, format!(" The column `{column}`."));
            constants.push(quote! {
                #[doc = #doc]
                #vis const #constant: #krate::Column<#ident, #ty> = #krate::Column::new(#column);
            });
        }
    }
    let private = shape::private(krate);
    quote! {
        #[automatically_derived]
        impl #krate::Source for #ident {
            type Row = Self;
            const DEFINITION: &'static #krate::schema::TableDef =
                &#krate::schema::TableDef::new(#name, #rust_name, &[#(#definitions),*]);
            const ALIAS: ::core::option::Option<&'static str> = ::core::option::Option::None;
        }
        #[automatically_derived]
        impl #private::NamesColumns for #ident {
            type Columns = (#(#columns,)*);
        }
        #[allow(dead_code, private_bounds, private_interfaces)]
        impl #ident {
            #(#constants)*
        }
        // This use of the fields prevents the lint `dead_code` for a record that only names the
        // columns of a CTE.
        #[allow(dead_code)]
        const _: fn(&#ident) = |record| {
            #(let _ = &record.#names;)*
        };
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
    fn nested_record_expands() {
        let input: DeriveInput = parse_quote! {
            struct Line {
                #[record(nested)]
                post: Post,
                author: String,
                likes: i64,
                #[record(nested)]
                team: Option<Team>,
            }
        };
        expect_file!["../snapshots/nested_record.rs"].assert_eq(&formatted(super::derive(&input)));
    }

    #[test]
    fn all_errors_are_reported_at_once() {
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
                #[record(nested, name = "e")]
                e: Other,
                #[record(flatten)]
                f: Other,
            }
        };
        expect![[r#"
            Entry: `json` belongs on a field: write `#[record(json)]` there
            Entry.a: `#[record(..)]` has no `nam`: did you mean `name`?
            Entry.c: `skip` means that the field is not read from a column: leave out either `json` or `skip`
            Entry.d: `crate` belongs on the struct: write `#[record(crate = …)]` there
            Entry.e: `nested` reads the columns of the field's own type: leave out either `name` or `nested`
            Entry.f: `#[record(..)]` has no `flatten`: write `nested` for a field that is a record or a row of a table
            Entry.b: `Entry.a` already reads the column `a`: give one of the fields another `name`"#]]
        .assert_eq(&messages(super::derive(&input)).join("\n"));
        let input: DeriveInput = parse_quote!(
            enum Entry {
                A,
            }
        );
        expect!["Entry: `#[derive(Record)]` is for a struct with named fields, this is an enum; an enum can be a column: `#[derive(SqlType)]`"].assert_eq(&messages(super::derive(&input)).join("\n"));
    }
}
