//! Checks that the columns of a raw statement can be read into the requested type. A statement
//! that writes is checked before it runs.

use std::marker::PhantomData;

use super::names::{columns_by_name, too_wide};
use super::{ColumnNames, FromRow};
use crate::error::{Error, Result};
use crate::row_batch::past_the_end;
use crate::schema::Type;
use crate::value::Mismatch;

/// Describes the columns that a type reads from the rows of a raw statement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    names: Option<ColumnNames>,
    type_name: fn() -> &'static str,
    width: usize,
    takes_rest: bool,
    type_at: fn(usize) -> Option<Type>,
}

/// Has the [`Expected`] of the type `O` as constants.
pub(crate) struct ExpectedOf<O>(PhantomData<O>);

impl<O: FromRow> ExpectedOf<O> {
    /// Requires that `O` reads all columns of each row.
    pub(crate) const ROW: &'static Expected = &Expected {
        names: O::NAMES,
        type_name: std::any::type_name::<O>,
        width: O::WIDTH,
        takes_rest: O::TAKES_REST,
        type_at: O::type_at,
    };

    /// Allows further columns after the columns that `O` reads, and ignores them.
    pub(crate) const FIRST: &'static Expected = &Expected { takes_rest: true, ..*Self::ROW };
}

/// A column of a result, as far as it is known before the statement runs.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) name: String,
    /// The type with which the table declares the column; `None` for an expression.
    pub(crate) ty: Option<String>,
    /// What all values of the column are, if the declared type says it.
    pub(crate) class: Option<DeclaredClass>,
}

/// What the values of a column with a declared type are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeclaredClass {
    Text,
    Number,
}

impl Expected {
    /// Checks that the type can be read from the columns of a statement. `are_strict` returns for
    /// each column whether it holds only values of its declared type. A column of text never holds
    /// numbers, whether it is strict or not.
    ///
    /// # Errors
    /// An error that reading would cause for every row, whatever its values are.
    pub(crate) fn check(&self, columns: &[Declared], are_strict: impl FnOnce() -> Vec<bool>) -> Result<()> {
        if columns.is_empty() && self.width > 0 {
            return Err(Error::usage(
                "the statement returns no columns: add a RETURNING clause, or run the statement by `execute`",
            ));
        }
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        let order = match self.names {
            Some(wanted) => columns_by_name(wanted, &names, (self.type_name)())?,
            None if columns.len() < self.width => return Err(past_the_end()),
            None if columns.len() > self.width && !self.takes_rest => {
                return Err(too_wide((self.type_name)(), self.width, &names));
            }
            None => None,
        };
        let read: Vec<usize> = order.map_or_else(|| (0..columns.len()).collect(), |order| order.to_vec());
        let read = || read.iter().filter_map(|index| Some((*index, columns.get(*index)?))).enumerate();
        let numbers = |index| matches!((self.type_at)(index), Some(Type::Bool | Type::Integer | Type::Real));
        let texts =
            |index| (self.type_at)(index).is_some_and(|ty| !numbers(index) && !matches!(ty, Type::Blob | Type::Uuid));
        let text = |column: &Declared| column.class == Some(DeclaredClass::Text);
        let number = |column: &Declared| column.class == Some(DeclaredClass::Number);
        let mismatch = |column: &Declared, expected: &'static str| {
            let found = format!("a column declared as {}", column.ty.as_deref().unwrap_or_default());
            Err(Mismatch::new(expected, found).into_error().at_column(None, &column.name))
        };
        if let Some((_, (_, column))) = read().find(|(index, (_, column))| numbers(*index) && text(column)) {
            return mismatch(column, "a number");
        }
        let mut wrong = read().filter(|(index, (_, column))| texts(*index) && number(column)).peekable();
        if wrong.peek().is_none() {
            return Ok(());
        }
        let strict = are_strict();
        match wrong.find(|(_, (index, _))| strict.get(*index) == Some(&true)) {
            Some((_, (_, column))) => mismatch(column, "text"),
            None => Ok(()),
        }
    }
}
