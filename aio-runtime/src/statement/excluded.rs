//! The row `excluded` of an upsert.

use std::marker::PhantomData;

use crate::expr::{Column, Source};
use crate::schema::TableDef;
use crate::table::Table;

/// The row that was to be inserted but conflicts with an existing row. The update of the existing
/// row reads it like a table with the name `excluded`.
///
/// [`Column::excluded`] returns its columns.
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
