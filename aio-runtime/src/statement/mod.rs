//! Statements as values, built without a database.
//!
//! Each is a thin typed shell over plain data; the [`sql`](crate::sql) module turns it into text, the verbs
//! (`all`, `one`, `execute` …) run it.

mod compound;
mod cte;
mod definition;
mod delete;
mod insert;
mod insert_many;
mod join;
mod own;
mod page;
mod projection;
mod raw;
mod record;
mod select;
mod subquery;
mod update;

pub use compound::{Compound, Rows, ValuesRow, values};
pub use cte::{Cte, cte, cte_recursive};
pub use definition::{current_time, foreign_key};
pub use delete::Delete;
pub use insert::Insert;
pub use insert_many::{InsertAll, InsertStream};
pub use join::{Connects, IntoSource, Joined, Via};
pub use page::{Cursor, Page, Paged};
pub use projection::Projects;
pub use raw::{Argument, Sql, query};
pub use record::Record;
pub use select::Select;
pub use subquery::{exists, not_exists};
pub use update::Update;

pub(crate) use delete::DeleteQuery;
pub(crate) use insert::InsertQuery;
pub(crate) use insert_many::{Progress, columns_of};
pub(crate) use own::Own;
pub(crate) use select::key_condition;
pub(crate) use update::UpdateQuery;
