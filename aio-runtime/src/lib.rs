//! The runtime of aio-sql. Use it through the crate `aio-sql`.
//!
//! The modules form levels: values and errors; schema and types; expressions and statements; SQL
//! text; connection threads; databases; executors and verbs. Each module names only modules of
//! lower levels.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]
// Without a database, the code that runs statements is not used.
#![cfg_attr(not(feature = "sqlite"), allow(dead_code, unused_imports))]

mod bindings;
mod caught;
mod connection;
mod database;
mod ddl;
mod dialect;
mod engine;
mod error;
mod executor;
pub mod expr;
#[cfg(test)]
mod fake;
mod guesses;
mod macros;
mod migrate;
mod outcome;
#[cfg(test)]
mod promises;
mod raw_row;
mod row;
mod row_batch;
pub mod schema;
#[cfg(feature = "json")]
mod serde_impls;
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
mod statement;
mod table;
mod trace;
mod transaction;
mod tuple;
mod types;
mod value;
mod verb;

pub use aio_macros::{__sql, Record, SqlType, Table};
#[doc(hidden)]
pub use aio_macros::{FromRow, Insertable, Queryable};
pub use futures_core::Stream;
#[cfg(feature = "sqlite")]
pub use rusqlite;

pub use bindings::Bindings;
pub use connection::Connection;
pub use database::{Builder, Database};
pub use dialect::Dialect;
pub use engine::{ConnectionMetrics, Metrics, TransactionMode};
pub use error::{Error, ErrorKind, Result};
pub use executor::Executor;
pub use expr::Source;
pub use expr::{
    Aggregate, AtMostOne, Cardinality, Case, Column, Condition, ExactlyOne, Expr, Fk, FrameBound, FrameExclude, Many,
    Order, Window, WindowFunction, all_of, any_of, case, count, cume_dist, dense_rank, escape_like, not, now, ntile,
    order_by_names, percent_rank, rank, row_number, value, window,
};
#[doc(hidden)]
pub use guesses::{
    Set, WriteTheMethods_eq_ne_lt_le_gt_ge, asc, avg, desc, insert_into, max, min, query_as, query_scalar, sum,
};
pub use migrate::Migration;
pub use outcome::Outcome;
pub use raw_row::{ColumnIndex, Row};
pub use row::{ColumnNames, FromRow, RowRef};
pub use schema::{Collation, TableDef};
pub use sql::SqlText;
#[cfg(feature = "sqlite")]
pub use sqlite::{BackupProgress, Durability};
pub use statement::{
    Argument, ColumnsOf, Compound, Connects, Counted, Cte, Cursor, Delete, DerivedTable, DoNothing, Excluded, FilledBy,
    Insert, InsertAll, InsertSelect, InsertStream, Inserts, IntoQuery, IntoSource, Joined, OnConflict, OrGet, Page,
    Paged, Patch, PerParent, Projects, Reached, Record, Relatable, Related, Relates, Returning, ReturningAll, RowCount,
    Rows, Select, Selectable, Sql, TableFunction, TableWith, Through, Update, Upsert, ValuesRow, Via, With, cte,
    cte_recursive, exists, not_exists, query, values,
};
pub use table::{HasKey, Insertable, KeyValue, Keyed, Names, OneKey, References, Several, Single, Table, TableOf};
pub use transaction::Transaction;
pub use types::*;
pub use value::{Mismatch, Param, Unstorable, Value, ValueRef};
pub use verb::{
    All, AllInserted, AllOfPage, AllWith, Batch, BatchRun, Collect, Collects, Describe, DescribedColumn, Execute,
    ExecuteAll, ExecuteStream, Executes, Explain, ObtainOne, Obtained, One, OneWith, Optional, OptionalWith, Plan,
    PlanStep, QueryResult, Refresh, Remove, ResultOf, ReturnsRows, RowStream, Save, Scalar, UpsertOne, Upserted,
};

/// What the code that derives and macros write refers to.
///
/// The name contains the version, so that code of a derive of another version does not compile
/// with this runtime.
#[doc(hidden)]
pub mod __private_0_1_0 {
    pub use crate::row::{ColumnTypes, Itself, nested};
    pub use crate::statement::{
        HasConflictAction, NamesColumns, RecordOf, RelatedVia, ThroughVia, current_time, foreign_key, related,
    };
    pub use crate::table::{References, Several, Single, definition_of, types_of};
    pub use crate::types::ListItem;
    #[cfg(feature = "json")]
    pub use crate::types::given;

    /// Items without the hidden macros that have their names elsewhere.
    pub mod items {
        pub use crate::row::FromRow;
        pub use crate::statement::query;
        pub use crate::table::Insertable;
    }

    /// The hidden macros, without those items.
    pub mod macros {
        pub use aio_macros::{FromRow, Insertable, Queryable};
    }
}
