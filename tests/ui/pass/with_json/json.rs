//! Fields stored as JSON, with defaults and without, in a table and a record.

use aio_sql::{Database, Record, Result, Table, sql};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
struct Settings {
    dark: bool,
}

#[derive(Table, Debug)]
#[table(new(derive(Clone)))]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    #[column(json, default = r#"{"dark": true}"#)]
    settings: Settings,
    #[column(json)]
    tags: Option<Vec<String>>,
    #[column(json)]
    extra: serde_json::Value,
}

#[derive(Record)]
struct Line {
    #[record(json)]
    settings: Settings,
    #[record(json)]
    tags: Option<Vec<String>>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let db = Database::memory().await?;
    db.create(User).await?;
    let new = NewUser { settings: None, tags: Some(vec!["new".into()]), extra: serde_json::json!({ "a": 1 }) };
    let mut user = User::insert(new.clone()).one(&db).await?;
    assert_eq!(user.settings, Settings { dark: true });
    user.settings = Settings::default();
    user.tags = None;
    user.save(&db).await?;
    let line: Line = sql!("select settings, tags from {User}").one(&db).await?;
    assert_eq!((line.settings, line.tags), (Settings { dark: false }, None));
    db.close().await
}
