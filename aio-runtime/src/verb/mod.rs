//! The methods that run a statement, called verbs: `all`, `one`, `execute` …
//!
//! Each verb prepares its statement (`prepare/`) and returns a future with a name (`future/`),
//! which owns a clone of its executor. The other files contain the verbs of one kind of statement
//! each.

mod batch;
mod delete;
mod explain;
mod future;
mod insert;
mod insert_many;
mod insert_stream;
mod page;
mod prepare;
mod raw;
mod relation;
mod result;
mod returning;
mod row;
mod select;
mod update;
mod upsert;

pub use batch::{Batch, BatchRun, Executes, ReturnsRows};
pub use explain::{Explain, Plan, PlanStep};
pub use future::{All, Collect, Collects, Execute, One, Optional, RowStream, Scalar};
pub use insert_many::{AllInserted, ExecuteAll};
pub use insert_stream::ExecuteStream;
pub use page::AllOfPage;
pub use relation::{AllWith, OneWith, OptionalWith};
pub use result::{Describe, DescribedColumn, QueryResult, ResultOf};
pub use row::{Refresh, Remove, Save};
pub use upsert::{ObtainOne, Obtained, UpsertOne, Upserted};

pub(crate) use prepare::referring_rows;
