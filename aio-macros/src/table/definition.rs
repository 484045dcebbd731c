//! The definition of the table: a constant from which the runtime writes DDL.
//!
//! ```text
//! &TableDef::new("users", "User", &[
//!     ColumnDef::auto(<i64 as ColumnType>::COLUMN.named("id"), Auto::Free),
//!     …
//! ])
//!     .primary_key(&["id"])
//!     .foreign_keys(&[
//!         ForeignKeyDef::new(definition_of::<Team>, &[foreign_key(User::TEAM_ID, Team::ID)]),
//!     ])
//! ```

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;

use super::model::{Check, Collate, CollateName, Default, DefaultValue, Field, ForeignKey, Index, IndexPart, Table};
use crate::shape::{path_at, private};

/// Writes the value of `Table::TABLE`.
pub(super) fn table(table: &Table<'_>) -> TokenStream {
    let krate = &table.krate;
    let (name, rust_name) = (&table.name, table.ident.unraw().to_string());
    let schema = table.schema.as_ref().map(|schema| {
        let full_name = format!("{}.{name}", schema.value());
        quote!(.schema(#schema, #full_name))
    });
    let columns = table.columns().map(|field| column(krate, field));
    let key: Vec<&str> = table.key().iter().map(|field| field.name.as_str()).collect();
    let uniques = table.uniques.iter().map(|names| column_names(table, &names.fields));
    let not_distinct = table.nulls_not_distinct.iter().map(|names| column_names(table, &names.fields));
    let indexes = table.indexes.iter().map(|part| index(table, part));
    let foreign_keys = table.foreign_keys.iter().map(|key| foreign_key(table, key));
    let checks = &table.checks;
    let parts = [
        schema,
        list("primary_key", key.iter().map(|name| quote!(#name))),
        list("uniques", uniques),
        list("nulls_not_distinct", not_distinct),
        list("indexes", indexes),
        list("checks", checks.iter().map(|check| self::check(krate, check))),
        list("foreign_keys", foreign_keys),
        (!table.strict).then(|| quote!(.strict(false))),
        table.without_rowid.map(|_| quote!(.without_rowid())),
        table.comment.as_ref().map(|text| quote!(.comment(#text))),
        table.was.as_ref().map(|name| quote!(.was(#name))),
        table.without_migrations.map(|_| quote!(.migrate(false))),
    ];
    let parts = parts.iter().flatten();
    quote!(&#krate::schema::TableDef::new(#name, #rust_name, &[#(#columns),*]) #(#parts)*)
}

/// Writes the call `.method(&[…])`, or returns `None` if the list is empty.
fn list(method: &str, parts: impl Iterator<Item = TokenStream>) -> Option<TokenStream> {
    let (method, mut parts) = (format_ident!("{method}"), parts.peekable());
    parts.peek()?;
    Some(quote!(.#method(&[#(#parts),*])))
}

fn column_names(table: &Table<'_>, fields: &[Ident]) -> TokenStream {
    let names = fields.iter().filter_map(|field| table.column(field)).map(|column| &column.name);
    quote!(&[#(#names),*])
}

/// Writes `ColumnDef::default(<i64 as ColumnType>::COLUMN.named("karma"),
/// DefaultValue::Integer(0))`.
///
/// Some calls panic at compile time for some types of the column. Such a call has the span of its
/// attribute, so that the compiler shows the message there.
fn column(krate: &TokenStream, field: &Field<'_>) -> TokenStream {
    let (definition, name) = (field.stored.definition(krate), &field.name);
    let mut tokens = quote!(#definition.named(#name));
    if let Some(check) = &field.check {
        let check = self::check(krate, check);
        tokens.extend(quote!(.check(#check)));
    }
    if let Some(declared) = &field.declared_type {
        tokens.extend(quote!(.declared_type(#declared)));
    }
    if let Some(expression) = &field.generated {
        let kind = format_ident!("{}", if field.is_stored.is_some() { "Stored" } else { "Virtual" });
        tokens.extend(quote!(.generated(#krate::schema::Generated::#kind(#expression))));
    }
    if let Some(text) = &field.comment {
        tokens.extend(quote!(.comment(#text)));
    }
    if let Some(name) = &field.was {
        tokens.extend(quote!(.was(#name)));
    }
    if let Some(expression) = &field.backfill {
        tokens.extend(quote!(.backfill(#expression)));
    }
    if let Some(span) = field.autoincrement.or(field.auto) {
        let auto = format_ident!("{}", if field.autoincrement.is_some() { "NeverUsed" } else { "Free" });
        let krate = path_at(span, krate);
        tokens = quote_spanned!(span=> #krate::schema::ColumnDef::auto(#tokens, #krate::schema::Auto::#auto));
    }
    if let Some(Default { span, value }) = &field.default {
        let (krate, value) = (path_at(*span, krate), default(value));
        tokens =
            quote_spanned!(*span=> #krate::schema::ColumnDef::default(#tokens, #krate::schema::DefaultValue::#value));
    }
    if let Some(Collate { span, name }) = &field.collate {
        let (krate, name) = (path_at(*span, krate), collation(name));
        tokens = quote_spanned!(*span=> #krate::schema::ColumnDef::collate(#tokens, #krate::schema::Collation::#name));
    }
    for &(role, span) in &field.roles {
        let krate = path_at(span, krate);
        let role = self::role(&krate, field, role, span);
        tokens = quote_spanned!(span=> #krate::schema::ColumnDef::role(#tokens, #role));
    }
    tokens
}

/// Writes `CheckDef::new("karma > 0")`, with the name if there is one.
fn check(krate: &TokenStream, Check { expression, name }: &Check) -> TokenStream {
    let name = name.iter();
    quote!(#krate::schema::CheckDef::new(#expression) #(.named(#name))*)
}

/// Writes a variant of `Role`, with the clock of the column's type unless it is `Version`.
/// `current_time` does not compile for a type without a clock.
fn role(krate: &TokenStream, field: &Field<'_>, role: &str, span: Span) -> TokenStream {
    let variant = format_ident!("{role}", span = span);
    let value = quote_spanned!(span=> #krate::schema::Role::#variant);
    if role == "Version" {
        return value;
    }
    let (private, ty) = (private(krate), field.stored.column_type(krate));
    quote_spanned!(span=> #value(#private::current_time::<#ty>()))
}

fn collation(name: &CollateName) -> TokenStream {
    match name {
        CollateName::Known(name) => format_ident!("{name}").into_token_stream(),
        CollateName::Named(name) => quote!(Named(#name)),
    }
}

/// Writes a variant of `DefaultValue` with its content.
fn default(value: &DefaultValue) -> TokenStream {
    match value {
        DefaultValue::Bool(value) => quote!(Bool(#value)),
        DefaultValue::Integer { negative, magnitude } => {
            let (minus, magnitude) = (negative.then(|| quote!(-)), Literal::u64_unsuffixed(*magnitude));
            quote!(Integer(#minus #magnitude))
        }
        DefaultValue::Number(text) => quote!(Number(#text)),
        DefaultValue::Text(text) => quote!(Text(#text)),
        DefaultValue::Blob(bytes) => quote!(Blob(#bytes)),
        DefaultValue::Now => quote!(Now),
        DefaultValue::Sql(expression) => quote!(Sql(#expression)),
    }
}

fn index(table: &Table<'_>, index: &Index) -> TokenStream {
    let krate = &table.krate;
    let parts = index.parts.iter().filter_map(|part| match part {
        IndexPart::Field(field) => {
            let name = &table.column(field)?.name;
            Some(quote!(#krate::schema::IndexPart::Column(#name)))
        }
        IndexPart::Expression(expression) => Some(quote!(#krate::schema::IndexPart::Expression(#expression))),
    });
    let mut tokens = quote!(#krate::schema::IndexDef::new(&[#(#parts),*]));
    if let Some(name) = &index.name {
        tokens.extend(quote!(.named(#name)));
    }
    if index.unique {
        tokens.extend(quote!(.unique()));
    }
    if let Some(method) = &index.method {
        tokens.extend(quote!(.using(#method)));
    }
    if index.nulls_not_distinct.is_some() {
        tokens.extend(quote!(.nulls_not_distinct()));
    }
    if let Some(condition) = &index.condition {
        tokens.extend(quote!(.condition(#condition)));
    }
    tokens
}

fn foreign_key(table: &Table<'_>, key: &ForeignKey) -> TokenStream {
    let (krate, private, ident) = (&table.krate, private(&table.krate), table.ident);
    let Some(first) = key.targets.first() else { return TokenStream::new() };
    let other = &first.table;
    let pairs = key.columns.fields.iter().zip(&key.targets).filter_map(|(field, target)| {
        // Errors point at the attribute, or, if the key has several columns, at the column in the
        // list.
        let span = if key.targets.len() > 1 { field.span() } else { key.columns.span };
        let (mut constant, target) = (table.column(field)?.constant.clone(), &target.column);
        let (private, ident) = (path_at(span, &private), path_at(span, &ident.to_token_stream()));
        constant.set_span(span);
        Some(quote_spanned!(span=> #private::foreign_key(#ident::#constant, #target)))
    });
    let mut tokens = quote!(#krate::schema::ForeignKeyDef::new(#private::definition_of::<#other>, &[#(#pairs),*]));
    for (method, action) in [("on_delete", key.rules.on_delete), ("on_update", key.rules.on_update)] {
        if let Some((action, _)) = action {
            let (method, action) = (format_ident!("{method}"), format_ident!("{action}"));
            tokens.extend(quote!(.#method(#krate::schema::Action::#action)));
        }
    }
    if key.rules.deferred.is_some() {
        tokens.extend(quote!(.deferred()));
    }
    tokens
}
