//! Stored text that is not UTF-8.

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "things")]
struct Thing {
    #[column(primary_key)]
    id: i64,
    #[column(name = "label")]
    name: String,
}

#[tokio::test]
async fn invalid_utf8_is_an_error_that_names_its_column() -> Result<()> {
    let db = Database::memory().await?;
    db.create(Thing).await?;
    Thing::insert(Thing { id: 1, name: SECRET.into() }).execute(&db).await?;
    sql!("update things set label = cast(x'73ff' as text)").execute(&db).await?;
    let error = Thing::find(1).one(&db).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Decode { .. }), "{error:?}");
    assert_says(&error, &["things.label", "UTF-8"]);
    assert_eq!(sql!("select 1").scalar::<i64>(&db).await?, 1);
    db.close().await
}
