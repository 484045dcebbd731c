//! Writing the code for a table: the impls, the columns, the methods, and the structs of a new row
//! and of a patch.
//!
//! Paths are absolute, and no method is called on the user's values, so that types and methods of
//! the user with the same names, such as `Option` or `bind`, are not used by mistake.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Path;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::model::{Field, ForeignKey, GeneratedStruct, Table};
use super::{definition, helpers};
use crate::from_row::{self, Origin, Read};
use crate::serde;
use crate::shape::private;

/// Writes the whole expansion.
pub(super) fn table(table: &Table<'_>) -> TokenStream {
    [
        Some(impl_table(table)),
        impl_keyed(table),
        Some(impl_from_row(table)),
        Some(impl_insertable(table)),
        Some(impl_references(table)),
        Some(impl_columns(table)),
        Some(constant(table)),
        new_row(table),
        patch(table),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn impl_table(table: &Table<'_>) -> TokenStream {
    let (krate, ident, definition) = (&table.krate, table.ident, definition::table(table));
    let new = table.new_type();
    let binds = table.columns().map(|field| field.stored.bind_ref(krate, &self_field(field)));
    let skipped: Vec<_> = table.fields.iter().filter(|field| field.skip.is_some()).map(|field| field.ident).collect();
    // The values are swapped instead of moved, because a field cannot be moved out of a struct
    // that implements `Drop`.
    let keep_skipped = (!skipped.is_empty()).then(|| {
        quote! {
            fn keep_skipped(&mut self, mut before: Self) {
                #(::core::mem::swap(&mut self.#skipped, &mut before.#skipped);)*
            }
        }
    });
    // The impl needs `automatically_derived` and `allow`, because some paths have the spans of the
    // user's attributes, so that lints would treat them as the user's code.
    quote! {
        #[automatically_derived]
        #[allow(unused_qualifications)]
        impl #krate::Table for #ident {
            const TABLE: &'static #krate::schema::TableDef = #definition;
            type New = #new;
            fn bind(&self, to: &mut #krate::Bindings) {
                #(#binds)*
            }
            #keep_skipped
        }
    }
}

fn impl_keyed(table: &Table<'_>) -> Option<TokenStream> {
    let (krate, ident, key) = (&table.krate, table.ident, table.key());
    let (first, ty) = (key.first()?, table.key_type());
    // If the type of the key is more private than the table, the compiler reports an error for
    // this item. The span lets it point at the field.
    let key_type = quote_spanned!(first.stored.ty.span()=> type Key = #ty;);
    let binds = key.iter().map(|field| field.stored.bind_ref(krate, &self_field(field)));
    Some(quote! {
        #[automatically_derived]
        impl #krate::Keyed for #ident {
            #key_type
            fn bind_key(&self, to: &mut #krate::Bindings) {
                #(#binds)*
            }
        }
    })
}

fn impl_from_row(table: &Table<'_>) -> TokenStream {
    let fields = table.fields.iter().map(|field| {
        let origin = if field.skip.is_none() { Origin::Column(&field.name) } else { Origin::Nowhere };
        Read { ident: field.ident, origin, stored: &field.stored }
    });
    from_row::expand(&table.krate, table.ident, fields)
}

fn impl_insertable(table: &Table<'_>) -> TokenStream {
    let (krate, ident, new) = (&table.krate, table.ident, table.new_type());
    let names = table.new_columns().map(|field| &field.name);
    let binds: Vec<_> = table.new_columns().map(|field| bind_new(krate, field)).collect();
    let to = format_ident!("{}", if binds.is_empty() { "_to" } else { "to" });
    quote! {
        #[automatically_derived]
        impl #krate::Insertable<#ident> for #new {
            const COLUMNS: #krate::Names = &[#(#names),*];
            fn bind(self, #to: &mut #krate::Bindings) {
                #(#binds)*
            }
        }
    }
}

fn bind_new(krate: &TokenStream, field: &Field<'_>) -> TokenStream {
    let value = self_field(field);
    match field.default {
        Some(_) => field.stored.bind_or_default(krate, &value),
        None => field.stored.bind(krate, &value),
    }
}

/// Writes an impl of `References` for each foreign key, so that the parent table can be joined. A
/// key that refers to its own table is left out, because such a join needs an alias for one of the
/// sides.
///
/// Two keys may refer to one table by different paths, or to two tables whose paths have the same
/// last segment. The macro cannot know which, so each path has an impl with its own number.
fn impl_references(table: &Table<'_>) -> TokenStream {
    let (krate, private, ident) = (&table.krate, private(&table.krate), table.ident);
    let written = |path: &Path| path.to_token_stream().to_string();
    let mut targets: Vec<(&Path, &ForeignKey, bool)> = Vec::new();
    for key in &table.foreign_keys {
        let Some(target) = key.targets.first().map(|target| &target.table) else { continue };
        match targets.iter_mut().find(|(other, ..)| written(other) == written(target)) {
            Some((.., several)) => *several = true,
            None if target.is_ident("Self") || target.is_ident(ident) => {}
            None => targets.push((target, key, false)),
        }
    }
    let impls = targets.into_iter().enumerate().map(|(number, (target, key, several))| {
        let keys = format_ident!("{}", if several { "Several" } else { "Single" });
        let rows = format_ident!("{}", if table.is_unique(&key.columns.fields) { "AtMostOne" } else { "Many" });
        let (number, null) = (Literal::usize_unsuffixed(number), nullness(table, key));
        quote! {
            #[automatically_derived]
            impl #private::References<#target, #number> for #ident {
                type Keys = #private::#keys;
                type Null = #null;
                type Rows = #krate::#rows;
            }
        }
    });
    quote!(#(#impls)*)
}

/// Writes the type that says whether any column of the key may be NULL.
fn nullness(table: &Table<'_>, key: &ForeignKey) -> TokenStream {
    let krate = &table.krate;
    let columns = key.columns.fields.iter().filter_map(|name| table.column(name));
    let each = columns.map(|field| {
        let ty = field.stored.column_type(krate);
        quote!(<#ty as #krate::ColumnType>::Null)
    });
    each.reduce(|all, next| quote!(<#all as #krate::Nullness>::Or<#next>)).unwrap_or_else(|| quote!(#krate::NotNull))
}

/// Writes the impl of the table's struct, with a constant for each column and the methods.
fn impl_columns(table: &Table<'_>) -> TokenStream {
    let mut written: Vec<&Ident> = Vec::new();
    let mut constants = TokenStream::new();
    for field in table.columns() {
        if !written.contains(&&field.constant) {
            written.push(&field.constant);
            constants.extend(column(table, field));
        }
    }
    let (ident, helpers) = (table.ident, table.methods.then(|| helpers::all(table)));
    // The type of a constant contains the type of its field. If the field is private, its type may
    // be private, too.
    quote! {
        #[allow(dead_code, private_bounds, private_interfaces)]
        impl #ident {
            #constants
            #helpers
        }
    }
}

fn column(table: &Table<'_>, field: &Field<'_>) -> TokenStream {
    let (krate, vis, ident) = (&table.krate, table.vis, table.ident);
    let (docs, constant, name) = (docs(field, ""), &field.constant, &field.name);
    let ty = field.stored.column_type(krate);
    let kind = table.target_of(field).map(|target| {
        let other = &target.table;
        let unique = table.is_unique(&[field.ident.unraw()]).then(|| quote!(, #krate::AtMostOne));
        quote!(, #krate::Fk<#other #unique>)
    });
    quote! {
        #docs
        #vis const #constant: #krate::Column<#ident, #ty #kind> = #krate::Column::new(#name);
    }
}

/// Writes the constant for the table itself, which has the name of the struct.
fn constant(table: &Table<'_>) -> TokenStream {
    let (krate, vis, ident) = (&table.krate, table.vis, table.ident);
    let doc = format!(" The table `{}`.", table.name);
    quote! {
        #[doc = #doc]
        #[allow(dead_code, non_upper_case_globals)]
        #vis const #ident: #krate::TableOf<#ident> = #krate::TableOf::new();
    }
}

/// Writes the struct of a new row, or returns `None` if the table's struct is used for new rows.
fn new_row(table: &Table<'_>) -> Option<TokenStream> {
    if !table.has_new() {
        return None;
    }
    let new = table.new_ident();
    let doc = format!(" A new row of `{}`.", table.name);
    let fields = table.new_columns().map(|field| match field.default {
        Some(_) => (field, serde::Kind::Default),
        None => (field, serde::Kind::Same),
    });
    let (definition, functions) = generated_struct(table, &new, &table.new, serde::Kind::Same, fields);
    let functions = (!functions.is_empty()).then(|| quote!(impl #new { #functions }));
    Some(quote! {
        #[doc = #doc]
        #[allow(dead_code)]
        #definition
        #functions
    })
}

/// Writes the struct of a patch, or returns `None` if the table's struct does not have `patch`.
/// The struct has an `Option` for each column whose value `save` takes from the table's struct.
fn patch(table: &Table<'_>) -> Option<TokenStream> {
    table.patch.span?;
    let (krate, vis, ident, patch) = (&table.krate, table.vis, table.ident, table.patch_ident());
    let is_default = |path: &Path| path.segments.last().is_some_and(|last| last.ident == "Default");
    let default = (!table.patch.derives.iter().any(is_default)).then(|| quote!(#[derive(::core::default::Default)]));
    let fields = table.patch_columns().map(|field| (field, serde::Kind::Patch));
    let (definition, functions) = generated_struct(table, &patch, &table.patch, serde::Kind::Patch, fields);
    let given = table.patch_columns().map(|field| field.ident);
    let names = table.patch_columns().map(|field| &field.name);
    let binds: Vec<_> =
        table.patch_columns().map(|field| field.stored.bind_or_default(krate, &self_field(field))).collect();
    let to = format_ident!("{}", if binds.is_empty() { "_to" } else { "to" });
    let doc = format!(" New values for some columns of `{}`. `None` leaves a column unchanged.", table.name);
    Some(quote! {
        #[doc = #doc]
        #[allow(dead_code)]
        #default
        #definition
        #[allow(dead_code)]
        impl #patch {
            /// Returns whether the patch sets no column. Running such a patch is an error.
            #vis fn is_empty(&self) -> bool {
                #(::core::option::Option::is_none(&self.#given) &&)* true
            }
            #functions
        }
        #[automatically_derived]
        impl #krate::Patch<#ident> for #patch {
            const COLUMNS: #krate::Names = &[#(#names),*];
            fn bind(self, #to: &mut #krate::Bindings) {
                #(#binds)*
            }
        }
    })
}

/// Writes a generated struct with these fields of the table's struct, and the functions that its
/// serde attributes name.
fn generated_struct<'a, 'f: 'a>(
    table: &Table<'_>,
    ident: &Ident,
    generated: &GeneratedStruct,
    kind: serde::Kind,
    fields: impl Iterator<Item = (&'a Field<'f>, serde::Kind)>,
) -> (TokenStream, TokenStream) {
    let (vis, derives) = (table.vis, &generated.derives);
    let derive = (!derives.is_empty()).then(|| quote!(#[derive(#(#derives),*)]));
    let target = serde::Target {
        krate: &table.krate,
        ident,
        derives: serde::Derives::of(derives),
        own: &generated.serde,
        of_table: &table.serde,
    };
    let (attribute, mut functions) = (target.attribute(kind), TokenStream::new());
    let fields: Vec<_> = fields
        .map(|(field, kind)| {
            let (vis, name, ty) = (field.vis, field.ident, &field.stored.ty);
            let (serde, named) = target.field(name, ty, &field.serde, kind);
            functions.extend(named);
            let (note, ty) = match kind {
                serde::Kind::Same => ("", quote!(#ty)),
                serde::Kind::Default => ("; `None` leaves it to its default", quote!(::core::option::Option<#ty>)),
                serde::Kind::Patch => ("; `None` leaves it unchanged", quote!(::core::option::Option<#ty>)),
            };
            let docs = docs(field, note);
            quote!(#docs #serde #vis #name: #ty)
        })
        .collect();
    (quote!(#derive #attribute #vis struct #ident { #(#fields),* }), functions)
}

/// Writes the doc comment of the field, or, if it has none, a line that names the column.
fn docs(field: &Field<'_>, addition: &str) -> TokenStream {
    let own = &field.docs;
    if own.is_empty() {
        let line = format!(" The column `{}`{addition}.", field.name);
        return quote!(#[doc = #line]);
    }
    quote!(#(#own)*)
}

fn self_field(field: &Field<'_>) -> TokenStream {
    let name = field.ident;
    quote!(self.#name)
}
