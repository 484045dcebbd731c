//! Writes whose returned rows are read by the declared types of SQLite's columns.

use aio_sql::{Database, ErrorKind, Result, query, sql};

/// Asserts that the statement was refused before it ran.
fn refused<T>(result: Result<T>) {
    let error = result.err().expect("it cannot be read");
    assert!(matches!(error.kind(), ErrorKind::Usage | ErrorKind::Decode { .. }), "{error:?}");
    assert!(error.to_string().ends_with("(the statement was not run)"), "{error}");
}

#[tokio::test]
async fn a_column_of_a_table_that_is_not_strict_is_read_as_what_it_holds() -> Result<()> {
    let db = Database::memory().await?;
    db.execute_script("create table firm (amount real) strict; create table loose (number integer)").await?;
    refused(sql!("insert into main.[firm] values (1.5) returning amount").scalar::<String>(&db).await);
    assert_eq!(sql!("select count(*) from firm").scalar::<i64>(&db).await?, 0);
    // It may hold values of other types than it declares, so the returned value decides whether it
    // can be read.
    assert_eq!(sql!("insert into loose values ('text') returning number").scalar::<String>(&db).await?, "text");
    db.close().await
}

#[tokio::test]
async fn declared_types_of_other_tables_refuse_no_write() -> Result<()> {
    let db = Database::memory().await?;
    db.execute_script(
        "create table firm (number integer) strict; create table loose (q integer); insert into loose values ('abc')",
    )
    .await?;
    let other = sql!("insert into firm values (1) returning (select q from loose)").scalar::<String>(&db).await?;
    assert_eq!(other, "abc");
    let text = "insert into firm values (3) returning (select q from loose), \"firm\".number as n";
    refused(query(text).one::<(String, String)>(&db).await);
    assert_eq!(sql!("select count(*) from firm").scalar::<i64>(&db).await?, 1);
    db.close().await
}
