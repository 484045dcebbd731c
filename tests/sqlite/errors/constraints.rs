//! Violated constraints: SQLite's result codes, and the types of STRICT tables.

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "users")]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    #[column(unique)]
    email: String,
    #[column(name = "e-mail")]
    mail: Option<String>,
    karma: i64,
}

async fn users() -> Result<Database> {
    let db = Database::memory().await?;
    db.create(User).await?;
    User::insert(NewUser { email: SECRET.to_owned(), mail: None, karma: 1 }).execute(&db).await?;
    Ok(db)
}

#[tokio::test]
async fn an_error_that_ends_its_transaction_has_its_code_and_source() -> Result<()> {
    let db = users().await?;
    let tx = db.begin().await?;
    let twin = query("insert or rollback into users (email, karma) values ('a', 1), ('a', 2)");
    let error = failed(twin.execute(&tx).await, unique("users", &["email"]));
    assert_eq!(error.code(), Some("2067"), "SQLITE_CONSTRAINT_UNIQUE");
    assert!(error.source().is_some_and(|source| source.is::<rusqlite::ffi::Error>()), "{error:?}");
    drop(tx);
    db.close().await
}

#[tokio::test]
async fn a_value_of_another_type_is_named_with_its_column_and_both_types() -> Result<()> {
    let db = users().await?;
    let kind = ErrorKind::Datatype {
        table: "users".to_owned(),
        column: "karma".to_owned(),
        expected: "INTEGER".to_owned(),
        found: "TEXT".to_owned(),
    };
    let error = failed(sql!("update users set karma = {SECRET}").execute(&db).await, kind);
    assert_says(&error, &["users.karma must be INTEGER, but got TEXT"]);
    assert!(!error.is_transient());
    let error = sql!("update users set \"e-mail\" = x'00' where karma = 1").execute(&db).await.unwrap_err();
    assert_says(&error, &["users.e-mail must be TEXT, but got BLOB"]);
    db.close().await
}
