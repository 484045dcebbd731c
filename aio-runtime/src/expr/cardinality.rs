//! How many rows a relation gives for one row.

use crate::error::{Error, ErrorKind, Result};
use crate::schema::TableDef;
use crate::types::{NotNull, Nullable, Nullness};

/// How many rows a relation gives for one row: [`Many`], [`AtMostOne`] or [`ExactlyOne`].
pub trait Cardinality: 'static {
    /// What stands beside the row: `Vec<X>`, `Option<X>` or `X`.
    type Of<X: Send + 'static>: Send + 'static;
    /// The same where some of the rows may be left out.
    type Filtered: Cardinality;
    /// The same where each of the rows leads to others.
    type Then<R: Cardinality>: Cardinality;

    /// Takes the rows of a table that belong to one of another.
    ///
    /// # Errors
    /// That of a row; [`ErrorKind::NotFound`] where there has to be one and there is none;
    /// [`ErrorKind::Usage`] where there may be one at most and there are several.
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

/// A key is unique as its own column compares text, and leads to what is equal as the other column
/// does.
#[cold]
fn several(table: &TableDef, parent: &TableDef) -> Error {
    let (table, parent) = (table.name, parent.name);
    Error::usage(format!(
        "several rows of {table} belong to one of {parent}: what is unique in {table} tells apart keys that {parent} holds \
         equal; give the columns of both the same collation, or take one by `limit_per_parent(1)`"
    ))
}

/// How many rows a foreign key leads to: one, or at most one where the key may be NULL.
pub trait LeadsTo: Nullness {
    /// How many.
    type Rows: Cardinality;
}

impl LeadsTo for NotNull {
    type Rows = ExactlyOne;
}

impl LeadsTo for Nullable {
    type Rows = AtMostOne;
}
