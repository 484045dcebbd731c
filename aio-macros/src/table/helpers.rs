//! The helpers such as `User::select()` and `user.save(..)`, each of which is one call into the
//! runtime.
//!
//! Their aliases are what other libraries call them: the compiler offers the helper to whoever
//! writes one of these.
//!
//! Those that need a primary key are also written for a table without one, with a bound that does
//! not hold, so that the compiler says what is missing where they are used.
//!
//! A function with type parameters of its own names no type of the user's, which might have the
//! same name.

use proc_macro2::TokenStream;
use quote::quote;

use super::model::Table;
use crate::shape::private;

/// Writes all helpers of the table.
pub(super) fn all(table: &Table<'_>) -> TokenStream {
    let statements = statements(table);
    let by_key = if table.key().is_empty() { without_key(table) } else { by_key(table) };
    quote!(#statements #by_key)
}

fn statements(table: &Table<'_>) -> TokenStream {
    let (krate, vis, ident, new) = (&table.krate, table.vis, table.ident, table.new_type());
    let private = private(krate);
    quote! {
        /// Selects rows.
        #vis fn select() -> #krate::Select<#ident> {
            #krate::Select::new()
        }
        /// Inserts a row.
        #vis fn insert(row: #new) -> #krate::Insert<#ident> {
            #krate::Insert::one_row(row)
        }
        /// Inserts rows, in one transaction.
        #vis fn insert_all<'a>(
            rows: impl ::core::iter::IntoIterator<Item = #new, IntoIter: ::core::marker::Send + 'a>,
        ) -> #krate::InsertAll<'a, #ident> {
            #krate::InsertAll::new(rows)
        }
        /// Inserts the rows of a stream, a chunk at a time.
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
        /// Selects the rows of another table that a foreign key connects with this one.
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
        /// Writes all other columns of the row with this primary key.
        #[doc(alias("update", "save_changes", "into_active_model", "persist"))]
        #vis fn save(&mut self, on: &#krate::Executor) -> #krate::Save<'_, #ident> {
            #krate::Save::new(self, on)
        }
        /// Removes the row with this primary key.
        #[doc(alias("delete", "destroy"))]
        #vis fn remove(&self, on: &#krate::Executor) -> #krate::Remove<#ident> {
            #krate::Remove::new(self, on)
        }
        /// Reads the row with this primary key again.
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
        /// Updates the columns that the patch sets, in the row with this primary key.
        #vis fn patch(key: impl #krate::KeyValue<#key>, patch: #patch) -> #krate::Update<#ident> {
            #krate::Update::patch(key, patch)
        }
        /// Sets the fields that the patch sets, here and not in the database.
        #vis fn apply(&mut self, #patch_argument: #patch) {
            #(if let ::core::option::Option::Some(value) = #patch_argument.#fields {
                self.#fields = value;
            })*
        }
    }
}

/// Writes the same helpers for a table without a primary key. They return futures, so that
/// `.await` causes no second error.
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
