//! The model of a database's schema as it was read: plain data that is owned and the same for
//! every database. And the differences of two schemas.
//!
//! What `schema` has as constants of the program's structs, this module has as values.

mod column;
mod comparison;
mod constraint;
mod difference;
mod index;
mod key_order;
mod meaning;
mod property;
mod schema;
mod table;
mod trigger;
mod view;

pub use column::{Column, GeneratedColumn};
pub(crate) use comparison::{Comparison, Tolerance, differences_of_schemas};
pub use constraint::{Check, ForeignKey, PrimaryKey, Unique};
pub use difference::{Difference, Part};
pub use index::{Index, IndexPart};
pub use key_order::KeyOrder;
pub(crate) use meaning::Meaning;
pub use schema::{Inspect, Schema};
pub use table::{Table, TableKind};
pub use trigger::Trigger;
pub use view::View;

pub use crate::schema::{Action, Auto};
