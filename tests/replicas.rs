//! Reads that may go to a replica: where they run, what they see, and what happens while no
//! replica can be used.

#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used)]

use aio_sql::{Executor, Result, Table, query};

#[path = "replicas/anywhere.rs"]
mod anywhere;
#[path = "replicas/fallback.rs"]
mod fallback;
#[path = "replicas/lag.rs"]
mod lag;
#[path = "replicas/pair.rs"]
mod pair;
#[path = "replicas/routing.rs"]
mod routing;

#[derive(Table, Clone, Debug, PartialEq)]
struct Author {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Book {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = Author::ID)]
    author_id: i64,
    title: String,
}

/// Creates the tables, with two authors and a book.
async fn fill(ex: &Executor) -> Result<()> {
    ex.create_all((Author, Book)).await?;
    for name in ["Mary Shelley", "Jane Austen"] {
        Author::insert(NewAuthor { name: name.into() }).execute(ex).await?;
    }
    Book::insert(NewBook { author_id: 2, title: "Emma".into() }).execute(ex).await?;
    Ok(())
}

/// Returns whether statements run on a standby.
async fn is_on_standby(ex: &Executor) -> Result<bool> {
    query("select pg_is_in_recovery()").scalar(ex).await
}
