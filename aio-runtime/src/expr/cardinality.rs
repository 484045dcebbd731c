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

    /// Takes the rows of the table.
    ///
    /// # Errors
    /// That of a row; [`ErrorKind::NotFound`] where there has to be one and there is none.
    fn collect<X: Send + 'static>(
        rows: impl Iterator<Item = Result<X>>,
        table: &'static TableDef,
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

    fn collect<X: Send + 'static>(rows: impl Iterator<Item = Result<X>>, _: &'static TableDef) -> Result<Vec<X>> {
        rows.collect()
    }
}

impl Cardinality for AtMostOne {
    type Of<X: Send + 'static> = Option<X>;
    type Filtered = AtMostOne;
    type Then<R: Cardinality> = R::Filtered;

    fn collect<X: Send + 'static>(
        mut rows: impl Iterator<Item = Result<X>>,
        _: &'static TableDef,
    ) -> Result<Option<X>> {
        rows.next().transpose()
    }
}

impl Cardinality for ExactlyOne {
    type Of<X: Send + 'static> = X;
    type Filtered = AtMostOne;
    type Then<R: Cardinality> = R;

    fn collect<X: Send + 'static>(mut rows: impl Iterator<Item = Result<X>>, table: &'static TableDef) -> Result<X> {
        rows.next().unwrap_or_else(|| {
            let table = table.name.to_owned();
            let message = format!("{table}: the row that a foreign key leads to is not there");
            Err(Error::new(ErrorKind::NotFound { table: Some(table) }, message))
        })
    }
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
