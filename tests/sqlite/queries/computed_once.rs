//! An expression that a query selects, and groups or sorts by, is computed once for a row,
//! although its constants are bound parameters.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aio_sql::count;

use super::*;

sql_function!(fn watched(number: i64) -> i64);

/// Opens a database with two users in each of two teams. Returns it with the counter of the calls
/// of `watched`.
async fn users() -> Result<(Database, Arc<AtomicUsize>)> {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let watched = move |number: i64| {
        counted.fetch_add(1, Ordering::Relaxed);
        number
    };
    let db = Database::builder(":memory:").function("watched", watched).open().await?;
    db.create(User).await?;
    for (name, team, karma) in [("ann", "a", 4), ("bob", "b", 3), ("cyd", "a", 2), ("dan", "b", 1)] {
        User::insert(NewUser { name: name.into(), team: team.into(), karma }).execute(&db).await?;
    }
    Ok((db, calls))
}

#[tokio::test]
async fn a_selected_expression_is_computed_once_where_it_sorts_or_groups() -> Result<()> {
    let (db, calls) = users().await?;
    let called = || calls.swap(0, Ordering::Relaxed);
    let number = watched(User::ID) * -1;

    let sorted = User::select().order_by(number.clone()).columns((User::NAME, number.clone()));
    let names: Vec<(String, i64)> = sorted.clone().all(&db).await?;
    assert_eq!(names.iter().map(|(name, _)| name.as_str()).collect::<String>(), "dancydbobann");
    assert_eq!(called(), 4);
    let distinct = sorted.distinct().limit(2).all(&db).await?;
    assert_eq!((distinct.len(), called()), (2, 4));

    let half = watched(User::ID) / 3 + 1; // 1, 1, 2, 2
    let grouped = User::select().group_by(half.clone()).order_by(half.clone()).columns((half.clone(), count()));
    assert_eq!(grouped.all(&db).await?, [(Some(1), 2), (Some(2), 2)]);
    assert_eq!(called(), 4);

    let sum = (watched(User::ID) * 10).sum();
    let sums = User::select().group_by(User::TEAM).order_by(sum.clone().desc()).columns((User::TEAM, sum));
    assert_eq!(sums.all(&db).await?, [("b".to_owned(), Some(60)), ("a".to_owned(), Some(40))]);
    assert_eq!(called(), 4);
    db.close().await
}
