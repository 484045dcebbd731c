//! The methods of a table, such as `User::select()` and `user.save(..)`. Each method is one call
//! into the runtime.
//!
//! The doc aliases are the names that other libraries use. If a user writes such a name, the
//! compiler suggests the method.
//!
//! The methods that need a primary key are also written for a table without a primary key, with a
//! bound that is never satisfied, so that the compiler's error says what is missing.
//!
//! A method with type parameters does not name types of the user in its signature, because they
//! might have the same names as the parameters.

use proc_macro2::TokenStream;
use quote::quote;

use super::model::Table;
use crate::shape::private;

/// Writes all methods of the table.
pub(super) fn all(table: &Table<'_>) -> TokenStream {
    let statements = statements(table);
    let by_key = if table.key().is_empty() { without_key(table) } else { by_key(table) };
    quote!(#statements #by_key)
}

fn statements(table: &Table<'_>) -> TokenStream {
    let (krate, vis, ident, new) = (&table.krate, table.vis, table.ident, table.new_type());
    let private = private(krate);
    quote! {
        /// Selects rows from the table.
        #vis fn select() -> #krate::Select<#ident> {
            #krate::Select::new()
        }
        /// Inserts a row.
        #vis fn insert(row: #new) -> #krate::Insert<#ident> {
            #krate::Insert::one_row(row)
        }
        /// Inserts several rows in one transaction.
        #vis fn insert_all<'a>(
            rows: impl ::core::iter::IntoIterator<Item = #new, IntoIter: ::core::marker::Send + 'a>,
        ) -> #krate::InsertAll<'a, #ident> {
            #krate::InsertAll::new(rows)
        }
        /// Inserts the rows of a stream in chunks, each in one transaction.
        #vis fn insert_stream<'a>(
            rows: impl #krate::Stream<Item = #new> + ::core::marker::Send + 'a,
        ) -> #krate::InsertStream<'a, #ident> {
            #krate::InsertStream::new(rows)
        }
        /// Updates rows.
        #vis fn update() -> #krate::Update<#ident> {
            #krate::Update::new()
        }
        /// Deletes rows.
        #vis fn delete() -> #krate::Delete<#ident> {
            #krate::Delete::new()
        }
        /// Selects the rows of another table that foreign keys connect with this row.
        #vis fn related<R, P, S: #krate::Rows>(&self, other: R) -> #krate::Related<S>
        where
            Self: #krate::Relates<R, P, Of = S>,
        {
            #private::related(self, other)
        }
    }
}

fn by_key(table: &Table<'_>) -> TokenStream {
    let (krate, vis, ident, key) = (&table.krate, table.vis, table.ident, table.key_type());
    let patch = table.patch.span.map(|_| patch(table));
    quote! {
        #patch
        /// Selects the row with this primary key.
        #[doc(alias("find_by_id", "get", "get_by_id", "by_id"))]
        #vis fn find(key: impl #krate::KeyValue<#key>) -> #krate::Select<#ident> {
            #krate::Select::find(key)
        }
        /// Writes the values of this struct to the row with its primary key.
        #[doc(alias("update", "save_changes", "into_active_model", "persist"))]
        #vis fn save(&mut self, on: &#krate::Executor) -> #krate::Save<'_, #ident> {
            #krate::Save::new(self, on)
        }
        /// Deletes the row with the primary key of this struct.
        #[doc(alias("delete", "destroy"))]
        #vis fn remove(&self, on: &#krate::Executor) -> #krate::Remove<#ident> {
            #krate::Remove::new(self, on)
        }
        /// Reads the row with this struct's primary key again, and replaces the struct's values.
        #[doc(alias("reload", "refresh_from_db"))]
        #vis fn refresh(&mut self, on: &#krate::Executor) -> #krate::Refresh<'_, #ident> {
            #krate::Refresh::new(self, on)
        }
    }
}

fn patch(table: &Table<'_>) -> TokenStream {
    let (krate, vis, ident, key, patch) = (&table.krate, table.vis, table.ident, table.key_type(), table.patch_ident());
    let fields: Vec<_> = table.patch_columns().map(|field| field.ident).collect();
    let patch_argument = quote::format_ident!("{}", if fields.is_empty() { "_patch" } else { "patch" });
    quote! {
        /// Updates the row with this primary key: the columns that the patch sets are written.
        #vis fn patch(key: impl #krate::KeyValue<#key>, patch: #patch) -> #krate::Update<#ident> {
            #krate::Update::patch(key, patch)
        }
        /// Sets the fields of this struct that the patch sets. Does not change the database.
        #vis fn apply(&mut self, #patch_argument: #patch) {
            #(if let ::core::option::Option::Some(value) = #patch_argument.#fields {
                self.#fields = value;
            })*
        }
    }
}

/// Writes, for a table without a primary key, the methods that need a primary key. Those that run
/// a statement return futures, so that `.await` causes no second error.
fn without_key(table: &Table<'_>) -> TokenStream {
    let (krate, vis) = (&table.krate, table.vis);
    let on_row = ["save", "remove", "refresh"].map(|name| {
        let name = quote::format_ident!("{name}");
        quote! {
            #[doc(hidden)]
            #vis fn #name<P>(&self, _on: &#krate::Executor) -> ::core::future::Ready<#krate::Result<()>>
            where
                Self: #krate::HasKey<P>,
            {
                ::core::future::ready(::core::result::Result::Ok(()))
            }
        }
    });
    quote! {
        #[doc(hidden)]
        #vis fn find<K, P>(_key: K) -> #krate::Select<Self>
        where
            Self: #krate::HasKey<P>,
        {
            #krate::Select::new()
        }
        #(#on_row)*
    }
}
