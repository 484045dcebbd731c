// Links of the README are references, whose first definition counts: on a page of documentation
// one of these, on a code host the one at the README's end.
#![doc = include_str!("readme_links.md")]
#![cfg_attr(all(doc, feature = "json", feature = "rust_decimal"), doc = "[guide]: crate::guide")]
#![doc = include_str!("../README.md")]

// The root holds what a program names. What the compiler infers, or only an unusual program names,
// is in modules. `tests/public_items.txt` lists all of it.

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
    Batch, Collation, Column, Condition, Connection, Cte, Cursor, Delete, Dialect, Error, ErrorKind, Executor, Expr,
    Insert, Json, Keyed, Migration, Obtained, Outcome, Page, Record, Result, Row, Scaled, Select, Sql, SqlType, Table,
    Transaction, TransactionMode, Update, Upserted, Value, alias, all_of, any_of, case, count, cte, cte_recursive,
    cume_dist, dense_rank, escape_like, exists, not, not_exists, now, ntile, order_by_names, percent_rank, rank,
    row_number, sql, sql_aggregate, sql_function, value, values, window,
};
#[doc(inline)]
pub use aio_runtime::{Builder, Database};

/// Futures and streams that the verbs return: each runs while it is awaited, and documents what
/// happens when it is dropped.
pub mod future {
    #[doc(inline)]
    pub use aio_runtime::{
        All, AllInserted, AllOfPage, AllWith, BatchRun, Collect, Collects, Describe, Execute, ExecuteAll,
        ExecuteStream, Explain, ObtainOne, One, OneWith, Optional, OptionalWith, Refresh, Remove, ResultOf, RowStream,
        Save, Scalar, Stream, UpsertOne,
    };
}

/// What a verb or a database tells about something besides rows: the plan of a query, the columns
/// of a raw statement, counters, the progress of a backup.
pub mod report {
    #[cfg(feature = "sqlite")]
    #[doc(inline)]
    pub use aio_runtime::BackupProgress;
    #[doc(inline)]
    pub use aio_runtime::{ConnectionMetrics, DescribedColumn, Metrics, Plan, PlanStep, QueryResult, SqlText};
}

/// The forms of statements between a table's first call and its verb, and what their methods take.
pub mod statement {
    #[doc(inline)]
    pub use aio_runtime::__private_0_1_0::items::Insertable;
    #[doc(inline)]
    pub use aio_runtime::{
        Argument, ColumnsOf, Compound, DerivedTable, DoNothing, Excluded, Executes, FilledBy, InsertAll, InsertSelect,
        InsertStream, Inserts, IntoQuery, IntoSource, Joined, KeyValue, OnConflict, OrGet, Paged, Patch, Projects,
        Returning, ReturningAll, ReturnsRows, RowCount, Selectable, TableFunction, Upsert, ValuesRow,
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

/// Expressions that are no plain column, and the operands that their methods take.
pub mod expr {
    #[doc(inline)]
    pub use aio_runtime::expr::{
        AllowsNullness, Comparable, Divisor, Factor, Fits, InOperand, JsonPath, LeftFactor, LeftTerm, Operand, Orders,
        Predicate, Terms, ValueRange,
    };
    #[doc(inline)]
    pub use aio_runtime::{Aggregate, Case, FrameBound, FrameExclude, Order, Source, Window, WindowFunction};
}

/// The set of tables that a query reads, as a type: what the bounds of `filter`, `columns` and
/// `join` prove.
#[doc(inline)]
pub use aio_runtime::expr::scope;

/// The stored forms of Rust types, and how a row becomes a struct.
pub mod types {
    #[doc(inline)]
    pub use aio_runtime::{
        Accepts, Adds, Bindings, Clock, ColumnIndex, ColumnNames, ColumnType, CurrentTime, Document, Domain, Encoded,
        Exact, HasDate, HasTime, Integer, IsDecimal, IsSpan, IsTimeOfDay, IsUuid, ListItem, Mismatch, Multiplies,
        NotNull, Nullable, Nullness, Numeric, Param, ReadFrom, RowRef, Searchable, Signed, Sorted, Sorts, Summed,
        Textual, Type, Unset, Unsorted, Unstorable, ValueRef, Wrapped, Wrapper, encoding,
    };
}

/// Tables as constants: what the derive writes about a struct.
pub mod schema {
    #[doc(inline)]
    pub use aio_runtime::schema::*;
    #[doc(inline)]
    pub use aio_runtime::{HasKey, TableOf};
}

// What the derives and macros write into a program.
#[doc(hidden)]
pub use aio_runtime::__private_0_1_0;
#[doc(hidden)]
pub use aio_runtime::{
    AtMostOne, Bindings, ColumnNames, ColumnType, Domain, Encoded, Fk, HasKey, InsertAll, InsertStream, Insertable,
    KeyValue, Many, Mismatch, Names, NotNull, Nullness, Patch, Refresh, Related, Relates, Remove, RowRef, Rows, Save,
    Sorted, Source, Stream, TableOf, Type, Unsorted, Unstorable, ValueRef, Wrapped, encoding,
};

// What names of other libraries are answered with.
#[doc(hidden)]
pub use aio_runtime::__private_0_1_0::macros::{FromRow, Queryable};
#[doc(hidden)]
pub use aio_runtime::{__params as params, __query as query, __query_as as query_as, __query_scalar as query_scalar};
#[doc(hidden)]
pub use aio_runtime::{
    Set, WriteTheMethods_eq_ne_lt_le_gt_ge, asc, avg, desc, insert_into, max, min, query_as, query_scalar, sum,
};

#[cfg(all(any(doc, doctest), feature = "json", feature = "rust_decimal"))]
pub mod guide;
