//! How many rows a relation has for one row.

use crate::error::{Error, ErrorKind, Result};
use crate::schema::TableDef;
use crate::types::{NotNull, Nullable, Nullness};

/// How many rows a relation has for one row: [`Many`], [`AtMostOne`] or [`ExactlyOne`].
pub trait Cardinality: 'static {
    /// The type of the related rows: `Vec<X>`, `Option<X>` or `X`.
    type Of<X: Send + 'static>: Send + 'static;
    /// The cardinality after a filter, which may leave out rows.
    type Filtered: Cardinality;
    /// The cardinality of a relation of the related rows.
    type Then<R: Cardinality>: Cardinality;

    /// Returns the rows of a table that are related to one row of another.
    ///
    /// # Errors
    /// Those of reading a row; [`ErrorKind::NotFound`] if there has to be a row and there is none;
    /// [`ErrorKind::Usage`] if there can be only one and there are several.
    fn collect<X: Send + 'static>(
        rows: impl Iterator<Item = Result<X>>,
        table: &'static TableDef,
        parent: &'static TableDef,
    ) -> Result<Self::Of<X>>;
}

/// Any number of rows: `Vec<X>`.
#[derive(Debug)]
pub enum Many {}

/// A row or none: `Option<X>`.
#[derive(Debug)]
pub enum AtMostOne {}

/// One row: `X`.
#[derive(Debug)]
pub enum ExactlyOne {}

impl Cardinality for Many {
    type Of<X: Send + 'static> = Vec<X>;
    type Filtered = Many;
    type Then<R: Cardinality> = Many;

    fn collect<X: Send + 'static>(
        rows: impl Iterator<Item = Result<X>>,
        _: &'static TableDef,
        _: &'static TableDef,
    ) -> Result<Vec<X>> {
        rows.collect()
    }
}

impl Cardinality for AtMostOne {
    type Of<X: Send + 'static> = Option<X>;
    type Filtered = AtMostOne;
    type Then<R: Cardinality> = R::Filtered;

    fn collect<X: Send + 'static>(
        mut rows: impl Iterator<Item = Result<X>>,
        table: &'static TableDef,
        parent: &'static TableDef,
    ) -> Result<Option<X>> {
        let row = rows.next().transpose()?;
        if rows.next().is_some() { Err(several(table, parent)) } else { Ok(row) }
    }
}

impl Cardinality for ExactlyOne {
    type Of<X: Send + 'static> = X;
    type Filtered = AtMostOne;
    type Then<R: Cardinality> = R;

    fn collect<X: Send + 'static>(
        rows: impl Iterator<Item = Result<X>>,
        table: &'static TableDef,
        parent: &'static TableDef,
    ) -> Result<X> {
        AtMostOne::collect(rows, table, parent)?.ok_or_else(|| {
            let table = table.name.to_owned();
            let message = format!("{table}: the row that a foreign key leads to is not there");
            Error::new(ErrorKind::NotFound { table: Some(table) }, message)
        })
    }
}

/// A unique key compares text as its own column does, but refers to what is equal under the
/// collation of the other column.
#[cold]
fn several(table: &TableDef, parent: &TableDef) -> Error {
    let (table, parent) = (table.name, parent.name);
    Error::usage(format!(
        "several rows of {table} belong to one of {parent}: what is unique in {table} tells apart keys that {parent} holds \
         equal; give the columns of both the same collation, or take one by `limit_per_parent(1)`"
    ))
}

/// How many rows a foreign key refers to: exactly one, or at most one if the key may be NULL.
pub trait LeadsTo: Nullness {
    /// The cardinality.
    type Rows: Cardinality;
}

impl LeadsTo for NotNull {
    type Rows = ExactlyOne;
}

impl LeadsTo for Nullable {
    type Rows = AtMostOne;
}
