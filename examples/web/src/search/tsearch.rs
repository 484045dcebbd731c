//! The search with PostgreSQL (<https://www.postgresql.org/docs/current/textsearch.html>).
//!
//! The library has no typed form of it, so these parts of the statements are raw SQL. The
//! expression of the title and the note is that of the index in
//! migrations/postgres/0002_full_text_search.sql.

use aio_sql::{Condition, Database, Result, Sql, sql};

use super::MAX_FOUND;
use crate::tasks::Task;

/// Returns the words of a task.
fn words_of_task() -> Sql {
    sql!("to_tsvector('simple', {Task::TITLE} || ' ' || coalesce({Task::NOTE}, ''))")
}

/// Returns the condition that a task contains all of these words.
pub(super) fn found(words: &str) -> Condition<Task> {
    let (task, query) = (words_of_task(), query_of(words));
    sql!("{task} @@ to_tsquery('simple', {query})").expr::<bool>().into()
}

/// Returns the full-text query for words that a person has typed. Each word is quoted, so that
/// none of them is read as an operator.
fn query_of(words: &str) -> String {
    let quoted: Vec<String> =
        words.split_whitespace().map(|word| format!("'{}'", word.replace('\\', "\\\\").replace('\'', "''"))).collect();
    match quoted.is_empty() {
        true => String::new(),
        false => quoted.join(" & ") + ":*",
    }
}

/// Returns the tasks that match a query best, each with the text around the words.
pub(super) async fn best(db: &Database, query: &str) -> Result<Vec<(Task, String)>> {
    let query = sql!("websearch_to_tsquery('simple', {query})");
    let (task, in_title) = (words_of_task(), sql!("to_tsvector('simple', {Task::TITLE})"));
    // Divided by the length of the text, as FTS5 does.
    let rank = sql!("ts_rank({task}, {query}, 1)").expr::<f64>();
    let text = sql!("case when {in_title} @@ {query} then {Task::TITLE} else {Task::NOTE} end");
    let snippet = sql!("ts_headline('simple', {text}, {query}, 'StartSel=[, StopSel=], MaxWords=12, MinWords=8')");
    Task::select()
        .filter(sql!("{task} @@ {query}").expr::<bool>())
        .order_by((rank.desc(), Task::ID))
        .limit(MAX_FOUND)
        .columns((Task, snippet.expr::<String>()))
        .all(db)
        .await
}
