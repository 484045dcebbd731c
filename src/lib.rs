// Links of the README are Markdown references, and Markdown uses the first definition of a
// reference. On a page of documentation that is the definition in `readme_links.md`, which is
// included first; on a code host, it is the definition at the end of the README.
#![doc = include_str!("readme_links.md")]
#![cfg_attr(all(doc, feature = "json", feature = "rust_decimal"), doc = "[guide]: crate::guide")]
#![doc = include_str!("../README.md")]

// The root has the items that most programs name. Items that the compiler infers, or that only
// unusual programs name, are in modules. `tests/public_items.txt` lists all of them.

#[doc(inline)]
pub use aio_runtime::__private_0_1_0::items::{FromRow, query};
#[cfg(feature = "sqlite")]
#[doc(inline)]
pub use aio_runtime::Durability;
#[cfg(feature = "sqlite")]
#[doc(no_inline)]
pub use aio_runtime::rusqlite;
#[doc(inline)]
pub use aio_runtime::{
    AdvisoryLock, Array, Batch, Collation, Column, Condition, Connection, Cte, Cursor, Delete, Dialect, Error,
    ErrorKind, Executor, Expr, Heard, Insert, Inspect, Interval, Json, Keyed, Migration, Migrations, Notification,
    Obtained, Outcome, Page, Record, Result, Row, Scaled, Schema, Select, Sql, SqlType, Table, Transaction,
    TransactionMode, Update, Upserted, Value, alias, all_of, any_of, case, count, cte, cte_recursive, cume_dist,
    dense_rank, escape_like, exists, generate_series, migrations, not, not_exists, now, ntile, order_by_names,
    percent_rank, rank, row_number, sql, sql_aggregate, sql_function, value, values, window,
};
#[doc(inline)]
pub use aio_runtime::{Builder, Database};

/// The futures and streams of the methods that run a statement, such as `all` and `execute`. Each
/// does nothing until it is awaited, and its documentation says what happens when it is dropped.
pub mod future {
    #[doc(inline)]
    pub use aio_runtime::{
        All, AllInserted, AllOfPage, AllWith, BatchRun, Collect, Collects, Describe, Execute, ExecuteAll,
        ExecuteStream, Explain, Notifications, ObtainOne, One, OneWith, Optional, OptionalWith, Refresh, Remove,
        ResultOf, RowStream, Save, Scalar, Stream, UpsertOne,
    };
}

/// Information other than rows that a database or a method that runs a statement returns: the plan
/// of a query, the columns of a raw statement, counters, the progress of a backup or a migration.
pub mod report {
    #[cfg(feature = "sqlite")]
    #[doc(inline)]
    pub use aio_runtime::BackupProgress;
    #[doc(inline)]
    pub use aio_runtime::{
        ConnectionMetrics, DescribedColumn, Metrics, MigrationProgress, MigrationReport, Plan, PlanStep, QueryResult,
        ReplicaStatus, SqlText,
    };
}

/// The types of statements while they are built, and the traits of the arguments of their methods.
pub mod statement {
    #[doc(inline)]
    pub use aio_runtime::__private_0_1_0::items::Insertable;
    #[doc(inline)]
    pub use aio_runtime::{
        AdvisoryKey, Argument, ChannelNames, ColumnsOf, Compound, DerivedTable, DoNothing, Excluded, Executes,
        FilledBy, InsertAll, InsertSelect, InsertStream, Inserts, IntoQuery, IntoSource, Joined, KeyValue, OnConflict,
        OrGet, Paged, Patch, Projects, Returning, ReturningAll, ReturnsRows, RowCount, Selectable, SeriesValue,
        TableFunction, Upsert, ValuesRow,
    };
}

/// Rows that belong to the rows of a query, and the foreign keys by which they are found.
pub mod relation {
    #[doc(inline)]
    pub use aio_runtime::{
        AtMostOne, Cardinality, Connects, Counted, ExactlyOne, Fk, Many, OneKey, PerParent, Reached, References,
        Relatable, Related, Relates, Rows, Several, Single, TableWith, Through, Via, With,
    };
}

/// The types of expressions that are not plain columns, and the traits of the operands of their
/// methods.
pub mod expr {
    #[doc(inline)]
    pub use aio_runtime::expr::{
        AllowsNullness, Comparable, Divisor, Factor, Fits, InOperand, JsonPath, LeftFactor, LeftTerm, Operand, Orders,
        Predicate, Terms, ValueRange,
    };
    #[doc(inline)]
    pub use aio_runtime::{Aggregate, Case, FrameBound, FrameExclude, Order, Source, Window, WindowFunction};
}

/// The set of tables that a query reads, as a type. The bounds of `filter`, `columns` and `join`
/// check that the query reads the tables of an expression.
#[doc(inline)]
pub use aio_runtime::expr::scope;

/// Full-text search of PostgreSQL: the type of columns that are searched, and queries.
pub mod text_search {
    #[doc(inline)]
    pub use aio_runtime::{
        TsQuery, TsVector, TsWeight, phraseto_tsquery, plainto_tsquery, to_tsquery, websearch_to_tsquery,
    };
}

/// Tests of migrations: from every version, with rows in the tables, up to the newest one.
#[cfg(feature = "sqlite")]
pub mod testing {
    #[doc(inline)]
    pub use aio_runtime::testing::{MigrationTest, migrations};
}

/// How Rust types are stored, and how a row becomes a struct.
pub mod types {
    #[doc(inline)]
    pub use aio_runtime::{
        Accepts, Adds, ArrayRef, ArrayType, Bindings, Clock, ColumnIndex, ColumnNames, ColumnType, CurrentTime,
        Document, Domain, Encoded, Exact, FullText, HasDate, HasTime, Integer, IsDecimal, IsSpan, IsTimeOfDay, IsUuid,
        ListItem, Mismatch, Multiplies, NotNull, Nullable, Nullness, Numeric, Param, ReadFrom, RowRef, Searchable,
        Signed, Sorted, Sorts, Summed, Textual, Type, Unset, Unsorted, Unstorable, ValueRef, Wrapped, Wrapper,
        encoding,
    };
}

/// The definitions of tables as constants, which the derive generates from a struct.
pub mod schema {
    #[doc(inline)]
    pub use aio_runtime::schema::*;
    #[doc(inline)]
    pub use aio_runtime::{HasKey, TableOf};
}

/// The schema of a database as it was read, and the differences of two schemas.
pub mod inspect {
    #[doc(inline)]
    pub use aio_runtime::inspect::*;
}

// The code that the derives and macros generate uses this module.
#[doc(hidden)]
pub use aio_runtime::__private_0_1_0;
#[doc(hidden)]
pub use aio_runtime::{
    AtMostOne, Bindings, ColumnNames, ColumnType, Domain, Encoded, Fk, HasKey, InsertAll, InsertStream, Insertable,
    KeyValue, Many, Mismatch, Names, NotNull, Nullness, Patch, Refresh, Related, Relates, Remove, RowRef, Rows, Save,
    Sorted, Source, Stream, TableOf, Type, Unsorted, Unstorable, ValueRef, Wrapped, encoding,
};

// Macros with the names of other libraries' derives. They report what to write instead.
#[doc(hidden)]
pub use aio_runtime::__private_0_1_0::macros::{FromRow, Queryable};
#[doc(hidden)]
pub use aio_runtime::{__params as params, __query as query, __query_as as query_as, __query_scalar as query_scalar};
#[doc(hidden)]
pub use aio_runtime::{
    Set, WriteTheMethods_eq_ne_lt_le_gt_ge, asc, avg, count_star, desc, excluded, insert_into, max, min, query_as,
    query_scalar, sql_query, sum,
};

#[cfg(all(any(doc, doctest), feature = "json", feature = "rust_decimal"))]
pub mod guide;
