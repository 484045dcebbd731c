//! Reading a row: a cursor over its values, and what can be read from it.

mod expected;
mod from_row;
mod labels;
mod names;
mod row_ref;

pub(crate) use expected::{Declared, Expected, ExpectedOf};
pub(crate) use from_row::read_optional;
pub use from_row::{ColumnTypes, FromRow, Itself};
pub(crate) use labels::Labels;
pub use names::{ColumnNames, nested};
pub(crate) use names::{Place, ambiguous, check_names, place_of, places_by_name, too_wide};
pub use row_ref::RowRef;
