//! Updates of only those columns that changed.

use std::sync::Arc;

use super::select::key_condition;
use super::update::{Update, UpdateQuery};
use crate::bindings::Bindings;
use crate::error::{Error, Result};
use crate::expr::Node;
use crate::schema::TableDef;
use crate::table::{KeyValue, Keyed, Names};

/// New values for some columns of a row of the table `T`. `#[table(patch)]` writes a struct that
/// implements it.
///
/// A patch is a struct of `Option`s, not a tracker of changes in the row itself. It corresponds to
/// the request of a client, can be built and passed on without the row, and costs nothing for rows
/// that are not patched. A nullable column is an `Option` in an `Option`: `None` leaves it as it
/// is, `Some(None)` sets it to NULL.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table};
/// #[derive(Table, Debug)]
/// # #[table(crate = "aio_runtime")]
/// #[table(patch)] // writes `UserPatch`
/// struct User {
///     #[column(primary_key, auto)]
///     id: i64,
///     name: String,
///     age: Option<i32>,
/// }
/// # async fn run(db: Database) -> Result<()> {
/// let patch = UserPatch { age: Some(None), ..UserPatch::default() };
/// User::patch(1, patch).execute(&db).await?; // UPDATE "user" SET "age" = NULL WHERE "id" = 1
/// # Ok(())
/// # }
/// ```
///
/// Columns that the patch leaves out are not written, so that a struct that was read before a
/// trigger ran does not undo what the trigger did. [`Save::only`](crate::Save::only) does the same
/// for a struct that was changed.
///
/// With `patch(derive(Deserialize))`, which needs the feature `json`, an absent field leaves the
/// column as it is, and `null` sets it to NULL. serde's attributes of the fields hold for the
/// patch as well, and so do the struct's `rename_all` and `deny_unknown_fields`;
/// `patch(serde(..))` adds others. A field with `serde(skip_deserializing)` cannot be patched by a
/// client.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` is no patch of `{T}`",
    label = "expected the struct that `#[table(patch)]` writes for `{T}`"
)]
pub trait Patch<T> {
    /// The columns that the patch may set.
    const COLUMNS: Names;

    /// Binds the values in the order of [`COLUMNS`](Patch::COLUMNS), with a default for those that
    /// stay as they are.
    fn bind(self, to: &mut Bindings);
}

impl<T: Keyed> Update<T> {
    /// Updates the columns that the patch sets, in the row with this primary key.
    ///
    /// The update can be run like any other, also with [`returning`](Update::returning).
    ///
    /// # Errors
    /// The verb that runs the update fails with
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if the patch sets nothing; its
    /// method `is_empty` tells beforehand.
    pub fn patch<K: KeyValue<T::Key>, C: Patch<T>>(key: K, patch: C) -> Update<T> {
        let (mut by_key, mut values) = (Bindings::default(), Bindings::default());
        key.bind(&mut by_key);
        patch.bind(&mut values);
        Update::of_query(patched(T::TABLE, by_key, C::COLUMNS, values))
    }
}

fn patched(table: &'static TableDef, key: Bindings, columns: &[&'static str], values: Bindings) -> UpdateQuery {
    let mut query = UpdateQuery::of(table);
    if let Err(error) = set(&mut query, key, columns, values) {
        query.invalid = Some(Arc::new(error));
    }
    query
}

fn set(query: &mut UpdateQuery, key: Bindings, columns: &[&'static str], values: Bindings) -> Result<(), Error> {
    let table = query.rows.table;
    query.rows.filter(key_condition(table, key)?);
    let values = values.into_values(table, columns)?;
    let given = columns.iter().zip(values).filter_map(|(name, value)| Some((*name, Node::Value(value?, None))));
    query.sets.extend(given);
    match query.sets.is_empty() {
        // A common cause is that a client sends other names than those of the patch. "One row
        // affected" would hide that.
        true => Err(Error::invalid_input(format!(
            "the patch of `{}` sets no column: it has none of the names of the fields that can be set",
            table.rust_name
        ))),
        false => Ok(()),
    }
}
