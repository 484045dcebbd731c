//! Invalid texts in the languages that SQLite reads at run time: full-text queries and JSON paths.

use super::*;

#[tokio::test]
async fn an_invalid_full_text_query_is_the_clients_mistake() -> Result<()> {
    let db = Database::memory().await?;
    db.execute_script("create virtual table notes using fts5(body); insert into notes values ('tea and milk')").await?;
    let search = |words: String| sql!("select body from notes where notes match {words}");
    assert_eq!(search("tea AND milk".into()).all::<String>(&db).await?, ["tea and milk"]);
    let mistakes = [
        format!("{SECRET} AND"),
        format!("\"{SECRET}"),
        format!("a-{SECRET}"),
        format!("{SECRET}:tea"),
        format!("*{SECRET}"),
        format!("NEAR(tea milk, {SECRET})"),
    ];
    for words in mistakes {
        let error = failed(search(words).all::<String>(&db).await, ErrorKind::InvalidInput);
        assert_says(&error, &["full-text query"]);
    }
    db.close().await
}

#[tokio::test]
async fn an_invalid_bound_json_path_is_the_clients_mistake() -> Result<()> {
    let db = Database::memory().await?;
    let path = format!("{SECRET}.a");
    failed(sql!("select json_extract('{{}}', {path})").scalar::<Option<i64>>(&db).await, ErrorKind::InvalidInput);
    db.close().await
}
