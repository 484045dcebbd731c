//! The row `excluded` of an upsert.

use std::marker::PhantomData;

use crate::expr::{Column, Source};
use crate::schema::TableDef;
use crate::table::Table;

/// The row that was to be inserted but conflicts with an existing row. In the update of the
/// existing row, its values are read like those of a table with the name `excluded`.
///
/// [`Column::excluded`] returns its columns.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let dana = NewUser { name: "Dana".into(), karma: 5 };
/// let upsert = User::insert(dana).on_conflict(User::NAME).do_update();
/// let added = User::KARMA + User::KARMA.excluded(); // of the existing row, and of the new one
/// upsert.set(User::KARMA, added).execute(&db).await?;
/// assert_eq!(User::find(1).one(&db).await?.karma, 12);
/// # db.close().await
/// # }
/// ```
#[derive(Debug)]
pub struct Excluded<T>(PhantomData<fn() -> T>);

impl<T: Table> Source for Excluded<T> {
    type Row = T;
    const DEFINITION: &'static TableDef = T::TABLE;
    const ALIAS: Option<&'static str> = Some(EXCLUDED);
}

/// The name, in SQL, of the row that was to be inserted.
pub(super) const EXCLUDED: &str = "excluded";

impl<T: Table, V, K> Column<T, V, K> {
    /// Returns this column of the row that was to be inserted, for
    /// [`Upsert::set`](crate::Upsert::set) and [`Upsert::filter`](crate::Upsert::filter).
    pub const fn excluded(self) -> Column<Excluded<T>, V, K> {
        Column::new(self.name())
    }
}
