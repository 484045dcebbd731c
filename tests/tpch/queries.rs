//! The list of the TPC-H queries, each as a typed query and in handwritten SQL.

use std::pin::Pin;

use aio_sql::{Executor, Result};

use super::cells::{Cells, Values};

/// The rows of a query, as a future.
type Rows<'a> = Pin<Box<dyn Future<Output = Result<Vec<Values>>> + 'a>>;

/// A TPC-H query, as a typed query and in SQL.
pub(crate) struct Query {
    pub(crate) name: &'static str,
    /// Runs the typed query.
    pub(crate) typed: fn(&Executor) -> Rows<'_>,
    /// The typed query's source.
    pub(crate) rust: &'static str,
    /// The query in SQL, written by hand.
    pub(crate) sql: &'static str,
    /// The decimal places of the integers in its columns.
    pub(crate) places: &'static [u32],
}

macro_rules! queries {
    ($($name:ident $places:expr;)+) => {
        $(mod $name;)+

        /// Returns all queries.
        pub(crate) fn all() -> Vec<Query> {
            vec![$(Query {
                name: stringify!($name),
                typed: |ex| Box::pin(async move {
                    Ok($name::query().all(ex).await?.into_iter().map(Cells::values).collect())
                }),
                rust: include_str!(concat!(stringify!($name), ".rs")),
                sql: include_str!(concat!(stringify!($name), ".sql")),
                places: &$places,
            }),+]
        }
    };
}

queries! {
    q01 [0, 0, 2, 2, 4, 6, 4, 4, 4, 0];
    q02 [2, 0, 0, 0, 0, 0, 0, 0];
    q03 [0, 4, 0, 0];
    q04 [0, 0];
    q05 [0, 4];
    q06 [4];
    q07 [0, 0, 0, 4];
    q08 [0, 4];
    q09 [0, 0, 4];
    q10 [0, 0, 4, 2, 0, 0, 0, 0];
    q11 [0, 2];
    q12 [0, 0, 0];
    q13 [0, 0];
    q14 [4];
    q15 [0, 0, 0, 0, 4];
    q16 [0, 0, 0, 0];
    q17 [4];
    q18 [0, 0, 0, 0, 2, 2];
    q19 [4];
    q20 [0, 0];
    q21 [0, 0];
    q22 [0, 0, 2];
}
