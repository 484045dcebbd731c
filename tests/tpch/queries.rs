//! The list of the queries.

use std::pin::Pin;

use aio_sql::{Executor, Result};

use super::cells::{Cells, Values};

/// The rows of a query, as a future.
type Rows<'a> = Pin<Box<dyn Future<Output = Result<Vec<Values>>> + 'a>>;

/// A query in both languages.
pub(crate) struct Query {
    pub(crate) name: &'static str,
    /// Runs the typed query.
    pub(crate) typed: fn(&Executor) -> Rows<'_>,
    /// The typed query's source.
    pub(crate) rust: &'static str,
    /// The query in SQL, written by hand.
    pub(crate) sql: &'static str,
}

macro_rules! queries {
    ($($name:ident)+) => {
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
            }),+]
        }
    };
}

queries! {
    q01 q02 q03 q04 q05 q06 q07 q08 q09 q10 q11
    q12 q13 q14 q15 q16 q17 q18 q19 q20 q21 q22
}
