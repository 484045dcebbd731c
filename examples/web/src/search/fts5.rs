//! The search with SQLite's FTS5 (<https://sqlite.org/fts5.html>).

use aio_sql::{Condition, Database, Result, Table, sql_function};

use super::MAX_FOUND;
use crate::tasks::Task;

/// The index, as a table. FTS5 adds further columns; the fields are those that are used here.
#[derive(Table, Debug)]
#[table(migrate = false)] // made by hand, in migrations/sqlite/0002_full_text_search.sql
pub(super) struct TaskSearch {
    /// The key of the task.
    #[column(primary_key)]
    pub(super) rowid: i64,
    /// The column with the name of the index. It represents all columns of the index.
    #[column(name = "task_search")]
    pub(super) words: String,
    /// How well the row matches. The best match has the lowest rank.
    pub(super) rank: f64,
}

sql_function! {
    /// Returns a part of the text that contains the words of the search
    /// (<https://sqlite.org/fts5.html#the_snippet_function>).
    fn snippet(index: String, column: i64, before: String, after: String, dots: String, words: i64) -> String
}

/// Returns the condition that a task contains all of these words.
pub(super) fn found(words: &str) -> Condition<Task> {
    let found = TaskSearch::select().filter(TaskSearch::WORDS.matches(query_of(words)));
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

/// Returns the tasks that match a query best, each with the text around the words.
pub(super) async fn best(db: &Database, query: String) -> Result<Vec<(Task, String)>> {
    Task::select()
        .join_on(TaskSearch, TaskSearch::ROWID.eq(Task::ID))
        .filter(TaskSearch::WORDS.matches(query))
        .order_by(TaskSearch::RANK)
        .limit(MAX_FOUND)
        .columns((Task, snippet(TaskSearch::WORDS, -1, "[", "]", "…", 10)))
        .all(db)
        .await
}
