//! Statements as values, built without a database.
//!
//! Each is a thin typed shell over plain data; the [`sql`](crate::sql) module turns it into text, the verbs
//! (`all`, `one`, `execute` …) run it.

mod definition;
mod delete;
mod insert;
mod insert_many;
mod join;
mod own;
mod projection;
mod raw;
mod record;
mod relation;
mod select;
mod subquery;
mod update;

pub use definition::{current_time, foreign_key};
pub use delete::Delete;
pub use insert::Insert;
pub use insert_many::{InsertAll, InsertStream};
pub use join::{Connects, Joined, Via};
pub use projection::Projects;
pub use raw::{Argument, Sql, query};
pub use record::Record;
pub use relation::{
    ByKey, Counted, Leads, OneRelation, PerParent, Relatable, Related, RelatedTo, RelatedVia, Relates, Rows, TableWith,
    Through, With, related,
};
pub use select::Select;
pub use subquery::{exists, not_exists};
pub use update::Update;

pub(crate) use delete::DeleteQuery;
pub(crate) use insert::InsertQuery;
pub(crate) use insert_many::{Progress, columns_of};
pub(crate) use own::Own;
pub(crate) use raw::Piece;
pub(crate) use relation::{Loaded, ReadRow, plan};
pub(crate) use select::key_condition;
pub(crate) use update::UpdateQuery;
