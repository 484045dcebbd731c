//! A model of the schema of a database, as owned plain data that has the same form for every kind
//! of database, and the differences of two schemas.
//!
//! The module `schema` describes the program's structs by constants. This module describes tables
//! that were read from a database by values.

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
pub(crate) mod tokens;
mod trigger;
mod types;
mod view;

pub use column::{Column, GeneratedColumn, Identity};
pub(crate) use comparison::{Comparison, Tolerance, differences_of_schemas};
pub use constraint::{Check, ConflictClause, Exclusion, ForeignKey, PrimaryKey, Unique};
pub use difference::{Difference, Part};
pub use index::{Index, IndexPart};
pub use key_order::KeyOrder;
pub(crate) use meaning::Meaning;
pub use schema::{Inspect, Schema};
pub use table::{Parent, Partition, Table, TableKind};
pub use trigger::Trigger;
pub use types::{Domain, Enum, Sequence, SequenceOwner};
pub use view::View;

pub use crate::schema::{Action, Auto};
