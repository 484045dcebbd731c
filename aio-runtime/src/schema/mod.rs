//! The definitions of tables: columns, keys, checks and indexes. The derive generates them as
//! constants.
//!
//! The definitions are plain data without generics and do not depend on the database. From them,
//! the library writes CREATE TABLE, takes the names of tables and columns for other statements,
//! and finds the column that a database's error is about.

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
pub use data_type::{Domain, Element, Type};
pub use default::DefaultValue;
pub use foreign_key::{Action, ForeignKeyDef, KeyPair};
pub use index::{IndexDef, IndexPart};
pub use order::in_foreign_key_order;
pub use table::TableDef;
pub use tables::Tables;

pub use crate::value::{Encoding, Fraction, Zone};
