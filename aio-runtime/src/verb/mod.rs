//! The verbs that run a statement: `all`, `one`, `execute` …
//!
//! Each returns a named future that owns a clone of its executor. [`Running`] sends the request and hands over what
//! comes back, without generics; what is generic is a thin layer that turns batches into structs.

mod all;
mod batch;
mod bulk;
mod collect;
mod decode;
mod diagnose;
mod execute;
mod explain;
mod first;
mod page;
mod relation;
mod returning;
mod row;
mod statement;
mod stream;
mod subject;
mod upsert;

pub use all::All;
pub use batch::{Batch, BatchRun, Executes, GivesRows};
pub use bulk::{AllInserted, ExecuteAll, ExecuteStream};
pub use collect::{Collect, Collects};
pub use execute::Execute;
pub use explain::{Explain, Plan, PlanStep};
pub use first::{One, Optional, Scalar};
pub use page::AllOfPage;
pub use relation::{AllWith, OneWith, OptionalWith};
pub use row::{Refresh, Remove, Save};
pub use stream::RowStream;
pub use upsert::{ObtainOne, Obtained, UpsertOne, Upserted};

pub(crate) use diagnose::{Diagnosis, referring_rows};
