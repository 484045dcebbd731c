//! Updates of only the columns that a patch sets.

use std::sync::Arc;

use super::select::key_condition;
use super::update::{Update, UpdateQuery};
use crate::bindings::Bindings;
use crate::error::{Error, Result};
use crate::expr::Node;
use crate::schema::TableDef;
use crate::table::{KeyValue, Keyed, Names, Table};

/// New values for some columns of a row of the table `T`. `#[table(patch)]` generates a struct
/// that implements this trait.
///
/// A patch is a struct of `Option`s that is independent of the row. It corresponds to a client's
/// request, and can be created without reading the row. A nullable column is an `Option` in an
/// `Option`: `None` does not change the column, and `Some(None)` sets it to NULL.
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
/// Columns that the patch does not set are not written, except for those that the library sets in
/// every update. So a patch does not overwrite what a trigger has set in the other columns since
/// the row was read. For a struct that was changed, [`Save::only`](crate::Save::only) also writes
/// only some columns.
///
/// With `patch(derive(Deserialize))`, which needs the feature `json`, a field that is absent does
/// not change the column, and `null` sets it to NULL. The patch has the serde attributes of the
/// struct's fields, and the `rename_all` and `deny_unknown_fields` of the struct;
/// `patch(serde(..))` adds other attributes. A field with `serde(skip_deserializing)` cannot be
/// patched by a client.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a patch of `{T}`",
    label = "expected the struct that `#[table(patch)]` writes for `{T}`"
)]
pub trait Patch<T> {
    /// The columns that the patch may set.
    const COLUMNS: Names;

    /// Appends the values to `to` in the order of [`COLUMNS`](Patch::COLUMNS). A column that the
    /// patch does not set is marked as left to its default.
    fn bind(self, to: &mut Bindings);
}

impl<T: Keyed> Update<T> {
    /// Updates the columns that the patch sets, in the row with this primary key.
    ///
    /// The result is an ordinary [`Update`], with methods such as `execute` and
    /// [`returning`](Update::returning).
    ///
    /// # Errors
    /// Running the update fails with [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput)
    /// if the patch sets no column. Call the patch's method `is_empty` to check that first.
    pub fn patch<K: KeyValue<T::Key>, C: Patch<T>>(key: K, patch: C) -> Update<T> {
        let (mut by_key, mut values) = (Bindings::default(), Bindings::default());
        key.bind(&mut by_key);
        patch.bind(&mut values);
        Update::of_query(patched(T::TABLE, by_key, C::COLUMNS, values))
    }
}

impl<T: Table, F> Update<T, F> {
    /// Sets the columns that a patch sets, in all rows that the filter of the update chooses.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime", patch)]
    /// # struct User { #[column(primary_key, auto)] id: i64, name: String, city: Option<String> }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # let db = Database::memory().await?;
    /// # db.create(User).await?;
    /// # let user = |name: &str| NewUser { name: name.into(), city: Some("Oslo".into()) };
    /// # User::insert_all([user("Dana"), user("Dan"), user("Mia")]).execute(&db).await?;
    /// let patch = UserPatch { city: Some(None), ..UserPatch::default() };
    /// let of_d = User::NAME.starts_with("D");
    /// let changed = User::update().set_patch(patch).filter(of_d).execute(&db).await?;
    /// assert_eq!(changed.rows_affected, 2);
    /// # db.close().await
    /// # }
    /// ```
    ///
    /// # Errors
    /// Running the update fails with [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput)
    /// if the patch sets no column, also if the update sets others.
    pub fn set_patch<C: Patch<T>>(mut self, patch: C) -> Self {
        let mut values = Bindings::default();
        patch.bind(&mut values);
        set(&mut self.query, C::COLUMNS, values);
        self
    }
}

fn patched(table: &'static TableDef, key: Bindings, columns: &[&'static str], values: Bindings) -> UpdateQuery {
    let mut query = UpdateQuery::of(table);
    match key_condition(table, key) {
        Ok(condition) => query.rows.filter(condition),
        Err(error) => query.invalid = Some(Arc::new(error)),
    }
    set(&mut query, columns, values);
    query
}

/// Sets the columns for which there is a value.
fn set(query: &mut UpdateQuery, columns: &[&'static str], values: Bindings) {
    match values_of(query.rows.table, columns, values) {
        Ok(values) => query.sets.extend(values),
        Err(error) => {
            query.invalid.get_or_insert_with(|| Arc::new(error));
        }
    }
}

fn values_of(
    table: &'static TableDef,
    columns: &[&'static str],
    values: Bindings,
) -> Result<Vec<(&'static str, Node)>> {
    let values = columns.iter().zip(values.into_values(table, columns)?);
    let given: Vec<_> = values.filter_map(|(name, value)| Some((*name, Node::Value(value?, None)))).collect();
    match given.is_empty() {
        // A common cause is that a client sends only fields that the patch does not have. If that
        // were not an error, the client would not notice.
        true => Err(Error::invalid_input(format!(
            "the patch of `{}` sets no column: it contains none of the fields that can be set",
            table.rust_name
        ))),
        false => Ok(given),
    }
}
