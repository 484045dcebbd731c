//! A struct in memory does not have what an AFTER trigger has set. A patch, and a `save` of named
//! columns, keep that in the database; a `save` of the whole row overwrites it.

use std::time::SystemTime;

use aio_sql::{Database, Result, Table};

#[derive(Table, Clone, Debug, PartialEq)]
#[table(patch)]
struct Article {
    #[column(primary_key, auto)]
    id: i64,
    title: String,
    #[column(default = "")]
    slug: String,
    text: Option<String>,
}

/// Opens a database in which a trigger sets the slug.
async fn articles() -> Result<Database> {
    let db = Database::memory().await?;
    db.create(Article).await?;
    db.execute_script(
        "create trigger slugged after insert on article begin
             update article set slug = lower(new.title) where id = new.id;
         end",
    )
    .await?;
    Ok(db)
}

fn new(title: &str) -> NewArticle {
    NewArticle { title: title.into(), slug: None, text: None }
}

#[tokio::test]
async fn a_patch_keeps_what_a_trigger_has_set() -> Result<()> {
    let db = articles().await?;
    let mut row = Article::insert(new("One")).one(&db).await?;
    assert_eq!(row.slug, "", "the row is from before the trigger");
    let patch = ArticlePatch { text: Some(Some("words".into())), ..ArticlePatch::default() };
    assert_eq!(Article::patch(row.id, patch).execute(&db).await?.rows_affected, 1);
    row.refresh(&db).await?;
    assert_eq!((row.slug.as_str(), row.text.as_deref()), ("one", Some("words")));
    db.close().await
}

#[tokio::test]
async fn only_the_named_columns_of_a_row_are_saved() -> Result<()> {
    let db = articles().await?;
    let mut row = Article::insert(new("One")).one(&db).await?;
    (row.title, row.text) = ("Uno".into(), Some("words".into()));
    row.save(&db).only(Article::TEXT).await?;
    let stored = Article::find(row.id).one(&db).await?;
    assert_eq!((stored.title.as_str(), stored.slug.as_str(), stored.text.as_deref()), ("One", "one", Some("words")));
    assert_eq!(row.title, "Uno", "what was not saved stays in the row in hand");
    row.save(&db).only((Article::TITLE, Article::TEXT)).await?;
    assert_eq!(Article::find(row.id).one(&db).await?.slug, "one");
    row.save(&db).await?;
    assert_eq!(Article::find(row.id).one(&db).await?.slug, "", "all of the row is written, as it is in hand");
    let error = row.save(&db).only((Article::TITLE, Article::ID)).await.unwrap_err();
    assert!(error.to_string().contains("article.id"), "{error}");
    row.id = 9;
    assert!(row.save(&db).only(Article::TITLE).await.unwrap_err().is_not_found());
    db.close().await
}

#[tokio::test]
async fn saving_some_columns_returns_what_the_library_has_set() -> Result<()> {
    #[derive(Table, Clone, Debug, PartialEq)]
    struct Draft {
        #[column(primary_key, auto)]
        id: i64,
        title: String,
        text: String,
        #[column(generated = "length(title)", stored)]
        length: i64,
        #[column(updated_at)]
        changed: SystemTime,
        #[column(version)]
        version: i64,
        #[column(skip)]
        open: bool,
    }
    let db = Database::memory().await?;
    db.create(Draft).await?;
    let mut row = Draft::insert(NewDraft { title: "a".into(), text: "b".into() }).one(&db).await?;
    let mut other = row.clone();
    row.open = true;
    (row.title, row.text) = ("abc".into(), "not yet".into());
    row.save(&db).only(Draft::TITLE).timeout(std::time::Duration::from_secs(60)).await?;
    assert_eq!((row.version, row.length, row.text.as_str(), row.open), (2, 3, "not yet", true));
    assert_eq!(Draft::find(1).one(&db).await?.text, "b");
    row.save(&db).await?;
    assert_eq!(Draft::find(1).one(&db).await?.text, "not yet");
    let stale = other.save(&db).only(Draft::TEXT).await.unwrap_err();
    assert!(matches!(stale.kind(), aio_sql::ErrorKind::Stale { .. }), "{stale}");
    assert!(other.save(&db).only(Draft::VERSION).await.unwrap_err().to_string().contains("draft.version"));
    db.close().await
}
