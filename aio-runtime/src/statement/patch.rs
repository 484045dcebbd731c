//! Updates of the columns that changed.

use std::sync::Arc;

use super::select::key_condition;
use super::update::{Update, UpdateQuery};
use crate::bindings::Bindings;
use crate::error::{Error, Result};
use crate::expr::Node;
use crate::schema::TableDef;
use crate::table::{KeyValue, Keyed};

/// Some new values of a row of the table `T`. `#[table(patch)]` writes a struct that is one.
///
/// A patch is a struct of `Option`s, and no tracker of changes in the row itself: it is what a
/// request of a client is, it can be made and sent on without the row, and a row that is not
/// patched pays nothing for it. A nullable column is an `Option` in an `Option`: `None` leaves it,
/// `Some(None)` sets it to NULL.
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
/// What a patch does not name is not written: so a row in hand that is from before a trigger ran
/// does not undo what the trigger did. The same for a row that was changed in hand is
/// [`Save::only`](crate::Save::only).
///
/// With `patch(derive(Deserialize))` an absent field is one to leave, `null` is NULL; that needs
/// the feature `json`. serde's attributes of the fields hold for the patch as well, as do the
/// struct's `rename_all` and `deny_unknown_fields`; `patch(serde(..))` adds others. A field with
/// `serde(skip_deserializing)` is one that no client patches.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` is no patch of `{T}`",
    label = "expected the struct that `#[table(patch)]` writes for `{T}`"
)]
pub trait Patch<T> {
    /// The columns that it may set.
    const COLUMNS: &'static [&'static str];

    /// Gives the values, in the order of [`COLUMNS`](Patch::COLUMNS), those to leave as a default.
    fn bind(self, to: &mut Bindings);
}

impl<T: Keyed> Update<T> {
    /// An update of the row with this primary key: of the columns that the patch sets.
    ///
    /// It can be run as any update, also with [`returning`](Update::returning).
    ///
    /// # Errors
    /// A patch that sets nothing is [`ErrorKind::Usage`](crate::ErrorKind::Usage), from the verb
    /// that runs it; its method `is_empty` tells beforehand.
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
        // Often a client's names are others than those of the patch; "one row" would hide that.
        true => Err(Error::usage(format!(
            "the patch of `{}` sets no column: look at `is_empty()` first if that may happen, and if serde has read it, \
             whether its names are those that were sent",
            table.rust_name
        ))),
        false => Ok(()),
    }
}
