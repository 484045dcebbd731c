//! A build without a database feature writes the SQL of typed statements, and opening a database
//! fails.

#![cfg(not(feature = "sqlite"))]

use aio_sql::{Database, Dialect, ErrorKind, Result, Table};

#[derive(Table, Debug)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
}

#[test]
fn a_statement_has_sql() -> Result<()> {
    let sql = User::select().filter(User::NAME.eq("Dana")).to_sql(Dialect::Sqlite)?;
    assert_eq!(sql.text, "SELECT \"id\", \"name\" FROM \"user\" WHERE \"name\" = ?");
    Ok(())
}

#[tokio::test]
async fn opening_fails() {
    let error = Database::open("app.db").await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Usage);
    assert!(error.to_string().contains("feature"), "{error}");
}
