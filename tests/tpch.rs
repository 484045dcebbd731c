//! The 22 queries of TPC-H, on a hundredth of its data: each as a typed query and as SQL written
//! by hand.
//!
//! `tests/tpch/q01.rs` is the first query as a user writes it, and `q01.sql` is that query in SQL,
//! which plain rusqlite runs on the same file. All values have to be equal: decimals in all
//! digits, and in their number of decimal places.

#![cfg(all(feature = "jiff", feature = "rust_decimal"))]
#![allow(clippy::unwrap_used)]

#[path = "tpch/cells.rs"]
mod cells;
#[path = "tpch/data.rs"]
mod data;
#[cfg(feature = "postgres")]
#[path = "databases/mod.rs"]
mod databases;
#[path = "tpch/prelude.rs"]
mod prelude;
#[path = "tpch/queries.rs"]
mod queries;
#[path = "tpch/schema.rs"]
mod schema;

use aio_sql::{Database, Result};

#[tokio::test]
async fn each_typed_query_returns_the_same_as_its_sql() -> Result<()> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("tpch.db");
    let db = Database::open(&file).await?;
    data::create(&db).await?;
    for query in queries::all() {
        let (typed, by_hand) = ((query.typed)(&db).await?, cells::by_hand(&file, query.sql, query.places));
        assert!(!by_hand.is_empty(), "{} finds nothing", query.name);
        assert_eq!(typed, by_hand, "{}", query.name);
    }
    db.close().await
}

/// PostgreSQL computes the same from the same rows.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn each_typed_query_returns_the_same_on_postgresql() -> Result<()> {
    let databases = databases::every().await?;
    for db in &databases {
        data::create(db).await?;
    }
    for query in queries::all() {
        let mut expected = (query.typed)(&databases[0]).await?;
        for db in &databases[1..] {
            let mut found = (query.typed)(db).await?;
            // Rows that the order of the query leaves open may come in any order.
            expected.sort_by_key(|row| format!("{row:?}"));
            found.sort_by_key(|row| format!("{row:?}"));
            assert_eq!(found, expected, "{}", query.name);
        }
    }
    for db in databases {
        db.close().await?;
    }
    Ok(())
}

#[test]
fn the_typed_queries_are_about_as_long_as_their_sql() {
    let count =
        |text: &str, is_code: fn(&str) -> bool| text.lines().map(str::trim).filter(|line| is_code(line)).count();
    let (mut typed, mut sql) = (0, 0);
    for query in queries::all() {
        let lines = (
            count(query.rust, |line| !line.is_empty() && !line.starts_with("//") && !line.starts_with("use ")),
            count(query.sql, |line| !line.is_empty()),
        );
        println!("{}: {} lines typed, {} of SQL", query.name, lines.0, lines.1);
        (typed, sql) = (typed + lines.0, sql + lines.1);
    }
    println!("all: {typed} lines typed, {sql} of SQL");
    assert!(typed <= sql * 2, "{typed} lines are more than twice {sql}");
}
