//! Plans the next migration files: the steps from the schema that the existing files make to that
//! of the structs.
//!
//! The plan is made beside a database in which the files were run. Every step is tried there
//! before it is returned. What no step can reach is an error.

mod change;
mod draft;
mod hints;
mod name;
mod owned;
mod postgres;
mod question;
mod renames;
mod sqlite;
mod statements;
mod step;
mod tokens;

pub use change::Change;
pub use hints::{ColumnHints, Hints, TableHints};
pub(crate) use name::Naming;
pub use name::quoted;
pub use owned::Owned;
pub(crate) use postgres::{KEPT, nocase, statements as statements_of, without_concurrently};
pub use question::{Answer, Question};
pub(crate) use sqlite::broken;
pub use statements::RenamesOf;
pub(crate) use statements::{name_at, renames_of, statements, terminated};
pub use step::{Statement, Step};
pub(crate) use tokens::{Kind, Token, dollar_quoted_length, tokens};

use aio_sql::inspect::Difference;
use aio_sql::{Dialect, Executor, Schema};

use crate::error::{Error, Result};

/// What [`plan`] starts from.
#[derive(Debug)]
pub struct Goal<'a> {
    /// The schema that the structs declare.
    pub wanted: &'a Schema,
    /// What the attributes of the structs say about earlier names and the values of new columns.
    pub hints: &'a Hints,
    /// What the steps may drop.
    pub owned: &'a Owned,
}

/// The way from one schema to another.
#[derive(Debug, Default)]
pub struct Plan {
    /// The steps, each for one migration file. Empty if there is nothing to do.
    pub steps: Vec<Step>,
    /// What the steps change, in their order.
    pub changes: Vec<Change>,
    /// What is broken after the steps, such as a view that reads a dropped column: one sentence
    /// each.
    pub broken: Vec<String>,
}

impl Plan {
    /// Returns whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Returns the tables and columns whose data is lost, as the header of the steps names them.
    pub fn losses(&self) -> Vec<&str> {
        self.steps.iter().flat_map(|step| &step.losses).map(String::as_str).collect()
    }
}

/// Plans the steps from the schema of a database, which must be one for this purpose alone, to the
/// wanted schema, and runs them there: afterwards the database has the wanted schema.
///
/// `answer` is asked whether a table or column that is gone was renamed to a new one.
///
/// # Errors
/// Fails if a new column needs values that nothing provides, if a question is not answered, and if
/// the database refuses a step.
pub async fn plan(replay: &Executor, goal: &Goal<'_>, answer: Answer<'_>) -> Result<Plan> {
    match replay.dialect() {
        Dialect::Postgres => postgres::plan(replay, goal, answer).await,
        _ => sqlite::plan(replay, goal, answer).await,
    }
}

/// Returns the step that makes a whole schema in an empty database, and what it makes. The step
/// has no rows, and no virtual tables that SQLite cannot read because it lacks their module.
pub fn creation(schema: &Schema) -> (Step, Vec<Change>) {
    match schema.dialect() {
        Dialect::Postgres => postgres::creation(schema),
        _ => sqlite::creation(schema),
    }
}

/// Returns what remains different although the steps were run, as an error.
fn left(difference: &Difference<'_>) -> Error {
    Error::new(format!("after the step, {difference}: this is a fault of the tool, please report it"))
}
