//! Full-text search over the titles and notes of tasks.
//!
//! Each database has a full-text search of its own: SQLite has FTS5, an index that is a table, and
//! PostgreSQL functions with an index on an expression. The rest of the service does not notice.

mod fts5;
mod tsearch;

use aio_sql::{Condition, Database, Dialect};
use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::errors::Result;
use crate::extract::{Json, Query};
use crate::tasks::Task;

/// Returns the condition that a task contains all of these words. The last word may be only the
/// beginning of a word in the task.
pub fn found(words: &str, dialect: Dialect) -> Condition<Task> {
    match dialect {
        Dialect::Sqlite => fts5::found(words),
        _ => tsearch::found(words),
    }
}

/// The parameters of `GET /search`.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// A query in the database's own language: `milk OR title: bre*` with SQLite, `milk or "brown
    /// bread"` with PostgreSQL.
    q: String,
}

/// A task that was found.
#[derive(Serialize, Debug)]
pub struct Found {
    #[serde(flatten)]
    task: Task,
    /// The text around the words that were found, which are in brackets.
    snippet: String,
}

/// The largest number of tasks that a search returns.
const MAX_FOUND: u64 = 20;

/// `GET /search`: returns the twenty tasks that match best.
///
/// # Errors
/// 400 for a query with an error in its syntax.
pub async fn search(State(db): State<Database>, Query(search): Query<Search>) -> Result<Json<Vec<Found>>> {
    let found = match db.dialect() {
        Dialect::Sqlite => fts5::best(&db, search.q).await?,
        _ => tsearch::best(&db, &search.q).await?,
    };
    Ok(Json(found.into_iter().map(|(task, snippet)| Found { task, snippet }).collect()))
}
