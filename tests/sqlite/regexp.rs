//! The SQL function `regexp`, which the library or the program gives to SQLite.

use aio_sql::{Database, ErrorKind, Result, sql};

#[tokio::test]
async fn the_function_of_raw_sql_is_null_for_null() -> Result<()> {
    let db = Database::memory().await?;
    let known: (Option<bool>, Option<bool>, bool) =
        sql!("select null regexp '(', regexp(null, 'a'), 'a' regexp 'a'").one(&db).await?;
    assert_eq!(known, (None, None, true));
    Ok(())
}

#[tokio::test]
async fn an_error_of_regexp_says_what_is_wrong() -> Result<()> {
    let db = Database::memory().await?;
    let error = sql!("select 'a' regexp '('").scalar::<bool>(&db).await.unwrap_err().to_string();
    assert!(error.contains("regexp: the pattern is not a valid regular expression: "), "{error}");
    let error = sql!("select 1 regexp '1'").scalar::<bool>(&db).await.unwrap_err().to_string();
    assert!(error.contains("regexp: expected text, found integer"), "{error}");
    Ok(())
}

#[tokio::test]
async fn regular_expressions_work_in_checks() -> Result<()> {
    let db = Database::memory().await?;
    db.execute_script("create table codes (code text check (code regexp '^[A-Z]{3}$'))").await?;
    sql!("insert into codes values ('EWR')").execute(&db).await?;
    let refused = sql!("insert into codes values ('ewr')").execute(&db).await.unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::Check { .. }), "{refused}");
    Ok(())
}

#[tokio::test]
async fn a_user_function_replaces_regexp() -> Result<()> {
    let function = |(pattern, text): (String, String)| text.ends_with(&pattern);
    let db = Database::builder(":memory:").function("regexp", function).open().await?;
    assert!(sql!("select 'Dana' regexp 'na'").scalar::<bool>(&db).await?);
    assert!(!sql!("select 'Dana' regexp '^Da'").scalar::<bool>(&db).await?);
    Ok(())
}
