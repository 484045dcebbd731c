//! What is read from the rows of a raw statement, checked against its columns before it runs.

use std::marker::PhantomData;

use super::names::{places_by_name, too_wide};
use super::{ColumnNames, FromRow};
use crate::error::{Error, Result};
use crate::row_batch::past_the_end;
use crate::schema::Type;
use crate::value::Mismatch;

/// What is read from the rows of a raw statement, as far as that is known without any rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    names: Option<ColumnNames>,
    type_name: fn() -> &'static str,
    width: usize,
    takes_rest: bool,
    type_at: fn(usize) -> Option<Type>,
}

/// What the type `O` reads.
pub(crate) struct ExpectedOf<O>(PhantomData<O>);

impl<O: FromRow> ExpectedOf<O> {
    /// What is read from each whole row.
    pub(crate) const ROW: &'static Expected = &Expected {
        names: O::NAMES,
        type_name: std::any::type_name::<O>,
        width: O::WIDTH,
        takes_rest: O::TAKES_REST,
        type_at: O::type_at,
    };

    /// What is read from the first columns of each row, while further ones are ignored.
    pub(crate) const FIRST: &'static Expected = &Expected { takes_rest: true, ..*Self::ROW };
}

/// A column of a result as the statement declares it before it runs.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) name: String,
    /// The type that the table declares for it; `None` for an expression.
    pub(crate) ty: Option<String>,
}

impl Expected {
    /// Checks that the columns of a statement can be read. `are_strict` returns for each column
    /// whether its table holds only values of the declared types.
    ///
    /// # Errors
    /// The errors that reading the rows would end in, whatever their values.
    pub(crate) fn check(&self, columns: &[Declared], are_strict: impl FnOnce() -> Vec<bool>) -> Result<()> {
        if columns.is_empty() && self.width > 0 {
            return Err(Error::usage(
                "the statement gives no columns: say by `returning` which are wanted, or run it by `execute`",
            ));
        }
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        let order = match self.names {
            Some(wanted) => places_by_name(wanted, &names, (self.type_name)())?,
            None if columns.len() < self.width => return Err(past_the_end()),
            None if columns.len() > self.width && !self.takes_rest => {
                return Err(too_wide((self.type_name)(), self.width, &names));
            }
            None => None,
        };
        let read: Vec<usize> = order.map_or_else(|| (0..columns.len()).collect(), |order| order.to_vec());
        let read = || read.iter().filter_map(|place| Some((*place, columns.get(*place)?))).enumerate();
        let numbers = |place| matches!((self.type_at)(place), Some(Type::Bool | Type::Integer | Type::Real));
        let texts =
            |place| (self.type_at)(place).is_some_and(|ty| !numbers(place) && !matches!(ty, Type::Blob | Type::Uuid));
        let text = |column: &Declared| is_one_of(column, &["char", "clob", "text"]);
        let number = |column: &Declared| is_one_of(column, &["int", "real"]);
        let mismatch = |column: &Declared, expected: &'static str| {
            let found = format!("a column that is declared {}", column.ty.as_deref().unwrap_or_default());
            Err(Mismatch::new(expected, found).into_error().at_column(None, &column.name))
        };
        // A column with the affinity TEXT holds no number
        // (https://sqlite.org/datatype3.html#type_affinity).
        if let Some((_, (_, column))) = read().find(|(place, (_, column))| numbers(*place) && text(column)) {
            return mismatch(column, "a number");
        }
        let mut wrong = read().filter(|(place, (_, column))| texts(*place) && number(column)).peekable();
        if wrong.peek().is_none() {
            return Ok(());
        }
        let strict = are_strict();
        match wrong.find(|(_, (place, _))| strict.get(*place) == Some(&true)) {
            Some((_, (_, column))) => mismatch(column, "text"),
            None => Ok(()),
        }
    }
}

/// Returns whether the type of a column contains one of these words. INT takes precedence over all
/// others (<https://sqlite.org/datatype3.html#determination_of_column_affinity>).
fn is_one_of(column: &Declared, words: &[&str]) -> bool {
    let Some(ty) = &column.ty else { return false };
    let ty = ty.to_ascii_lowercase();
    words.iter().any(|word| ty.contains(word)) && (words.contains(&"int") || !ty.contains("int"))
}
