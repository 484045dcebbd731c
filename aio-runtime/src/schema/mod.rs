//! The definitions of tables as constants that the derive writes: columns, keys, checks and
//! indexes.
//!
//! Plain data without generics. The writer of SQL turns it into DDL, statements take names from
//! it, and errors of the database find their columns in it. No database is named here.

mod check;
mod clock;
mod column;
mod constraint;
mod data_type;
mod default;
mod foreign_key;
mod index;
mod order;
mod table;
mod tables;
mod unique;

pub use check::CheckDef;
pub use clock::Clock;
pub use column::{Auto, Collation, ColumnDef, Generated, Role};
pub(crate) use constraint::Check;
pub use data_type::{Domain, Type};
pub use default::DefaultValue;
pub use foreign_key::{Action, ForeignKeyDef, KeyPair};
pub use index::{IndexDef, IndexPart};
pub use order::in_foreign_key_order;
pub use table::TableDef;
pub use tables::Tables;

pub use crate::value::{Encoding, Fraction, Zone};
