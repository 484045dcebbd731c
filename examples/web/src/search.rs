//! Full-text search over the titles and notes of tasks, with SQLite's FTS5.

use aio_sql::{Condition, Database, Table, sql_function};
use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::errors::Result;
use crate::extract::{Json, Query};
use crate::tasks::Task;

/// The index, as a table. FTS5 adds further columns; the fields are those that are used here.
#[derive(Table, Debug)]
#[table(migrate = false)] // made by hand, in migrations/0002_full_text_search.sql
pub struct TaskSearch {
    /// The key of the task.
    #[column(primary_key)]
    pub rowid: i64,
    /// The column with the name of the index. It represents all columns of the index.
    #[column(name = "task_search")]
    pub words: String,
    /// How well the row matches. The best match has the lowest rank.
    pub rank: f64,
}

sql_function! {
    /// Returns a part of the text that contains the words of the search
    /// (<https://sqlite.org/fts5.html#the_snippet_function>).
    fn snippet(index: String, column: i64, before: String, after: String, dots: String, words: i64) -> String
}

/// Returns the condition that a task contains all of these words. The last word may be only the
/// beginning of a word in the task.
pub fn found(words: String) -> Condition<Task> {
    let found = TaskSearch::select().filter(TaskSearch::WORDS.matches(query_of(&words)));
    Task::ID.is_in(found.columns(TaskSearch::ROWID)).into()
}

/// Returns the full-text query for words that a person has typed. Each word is quoted, so that
/// FTS5 reads none of them as an operator.
fn query_of(words: &str) -> String {
    let quoted: Vec<String> =
        words.split_whitespace().map(|word| format!("\"{}\"", word.replace('"', "\"\""))).collect();
    match quoted.is_empty() {
        true => "\"\"".to_owned(),
        false => quoted.join(" ") + "*",
    }
}

/// The parameters of `GET /search`.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// A query in FTS5's own language: `milk OR title: bre*`.
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

/// `GET /search`: returns the twenty tasks that match best.
///
/// # Errors
/// 400 for a query with an error in its syntax.
pub async fn search(State(db): State<Database>, Query(search): Query<Search>) -> Result<Json<Vec<Found>>> {
    let found = Task::select()
        .join_on(TaskSearch, TaskSearch::ROWID.eq(Task::ID))
        .filter(TaskSearch::WORDS.matches(search.q))
        .order_by(TaskSearch::RANK)
        .limit(20)
        .columns((Task, snippet(TaskSearch::WORDS, -1, "[", "]", "…", 10)))
        .all(&db)
        .await?;
    Ok(Json(found.into_iter().map(|(task, snippet)| Found { task, snippet }).collect()))
}
