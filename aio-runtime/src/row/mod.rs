//! Reading of rows: a cursor over the values, and the types that can be read.

mod expected;
mod from_row;
mod labels;
mod names;
mod row_ref;

pub(crate) use expected::{Declared, DeclaredClass, Expected, ExpectedOf};
pub(crate) use from_row::read_optional;
pub use from_row::{ColumnTypes, FromRow, Itself};
pub(crate) use labels::Labels;
pub(crate) use names::{ColumnMatch, ambiguous, check_names, columns_by_name, find_column, too_wide};
pub use names::{ColumnNames, nested};
pub use row_ref::RowRef;
