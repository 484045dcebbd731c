//! The plans of queries that read the elements of JSON documents.

use aio_sql::{Json, Record, value};

use super::*;

#[derive(Record, Clone, Debug, PartialEq)]
struct Wanted {
    value: i64,
}

#[tokio::test]
async fn a_join_begins_with_a_list_of_values() -> Result<()> {
    let db = Database::memory().await?;
    fill(&db).await;
    let wanted = value(Json(vec![3_i64, 1])).json_each(Wanted);
    let plan = Route::select().join_on(wanted, Wanted::VALUE.eq(Route::ID)).explain(&db).await?.to_string();
    assert!(plan.contains("SEARCH routes USING INTEGER PRIMARY KEY"), "the list comes first: {plan}");
    Ok(())
}
