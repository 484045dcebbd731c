//! A build without the feature of any database: it writes SQL for typed statements, and opening
//! a database fails.

#![cfg(not(feature = "sqlite"))]

use aio_sql::{Database, Dialect, ErrorKind, Result, Table};

#[derive(Table, Debug)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
}

#[test]
fn a_statement_has_its_text() -> Result<()> {
    let sql = User::select().filter(User::NAME.eq("Dana")).to_sql(Dialect::Sqlite)?;
    assert_eq!(sql.text, "SELECT \"id\", \"name\" FROM \"user\" WHERE \"name\" = ?");
    Ok(())
}

#[tokio::test]
async fn nothing_is_opened() {
    let error = Database::open("app.db").await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Usage);
    assert!(error.to_string().contains("feature"), "{error}");
}
