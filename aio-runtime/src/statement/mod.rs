//! Statements as Rust values, which are built without a database.
//!
//! Each statement is a thin typed wrapper around plain data. The [`sql`](crate::sql) module writes
//! the SQL of a statement, and methods such as `all`, `one` and `execute` (`verb`) run it.

mod cached_statement;
mod columns_of;
mod compound;
mod conflict;
mod cte;
mod cursor;
mod delete;
mod derived_table;
mod excluded;
mod foreign_key;
mod insert;
mod insert_clauses;
mod insert_many;
mod insert_select;
mod join;
mod link;
mod page;
mod patch;
mod projection;
mod raw;
mod record;
mod relation;
mod returning;
mod row_count;
mod select;
mod semi_join;
mod series;
mod subquery;
mod table_function;
mod type_checks;
mod update;
mod wrapper;
mod written_rows;

pub use columns_of::ColumnsOf;
pub use compound::{Compound, IntoQuery, ValuesRow, values};
pub use conflict::{DoNothing, HasConflictAction, Inserts, OnConflict, OrGet, Upsert};
pub use cte::{Cte, cte, cte_recursive};
pub use cursor::Cursor;
pub use delete::Delete;
pub use derived_table::DerivedTable;
pub use excluded::Excluded;
pub use foreign_key::{Connects, Via};
pub use insert::Insert;
pub use insert_many::{InsertAll, InsertStream};
pub use insert_select::{FilledBy, InsertSelect};
pub use join::{IntoSource, Joined};
pub use page::{Page, Paged};
pub use patch::Patch;
pub use projection::{Projects, Selectable};
pub use raw::{Argument, Sql, query};
pub use record::{NamesColumns, Record, RecordOf};
pub use relation::{
    Counted, PerParent, Reached, Relatable, Related, RelatedVia, Relates, Rows, TableWith, Through, ThroughVia, With,
    related,
};
pub use returning::{Returning, ReturningAll};
pub use row_count::RowCount;
pub use select::Select;
pub use series::{SeriesValue, generate_series};
pub use subquery::{exists, not_exists};
pub use table_function::TableFunction;
pub use type_checks::{current_time, foreign_key};
pub use update::Update;

pub(crate) use cached_statement::{CachedStatement, ReturnedColumns};
pub(crate) use conflict::{Conflict, ConflictUpdate};
pub(crate) use cursor::checksum;
pub(crate) use delete::DeleteQuery;
pub(crate) use insert::InsertQuery;
pub(crate) use insert_clauses::InsertClauses;
pub(crate) use insert_many::{Progress, columns_of};
pub(crate) use insert_select::InsertSelectQuery;
pub(crate) use page::Position;
pub(crate) use relation::{Loaded, Planned, ReadRow, plan};
pub(crate) use returning::{Returned, WriteQuery};
pub(crate) use select::{ReadQuery, key_condition};
pub(crate) use update::UpdateQuery;
pub(crate) use written_rows::WrittenRows;
