//! async-sqlite: a thread for each connection, and a pool that uses the connections in turn.

use std::process::ExitCode;

use async_sqlite::{PoolBuilder, rusqlite};
use bench_harness::{Check, Comment, Item, Joined, NewUser, Open, Peer, Pool, Post, Result, Tree, User, Workload};

#[path = "../../closures.rs"]
mod closures;

#[derive(Clone)]
struct AsyncSqlite {
    readers: async_sqlite::Pool,
    writer: async_sqlite::Pool,
}

fn main() -> ExitCode {
    bench_harness::main::<AsyncSqlite>()
}

async fn connect(open: &Open, size: usize) -> Result<async_sqlite::Pool> {
    let pool = PoolBuilder::new().path(open.path()).num_conns(size).open().await?;
    let pragmas = open.pragmas();
    for connection in pool.conn_for_each(move |raw| raw.execute_batch(&pragmas)).await {
        connection?;
    }
    Ok(pool)
}

/// Runs a closure on the next connection of the pool. The pool's other method, `conn`, takes the
/// next connection, too, but lends it only by a shared reference.
async fn call<T: Send + 'static>(
    pool: &async_sqlite::Pool,
    work: impl FnOnce(&mut rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
) -> Result<T> {
    Ok(pool.conn_mut(work).await?)
}

impl Peer for AsyncSqlite {
    const NAME: &'static str = "async-sqlite";

    type User = User;
    type Joined = Joined<User, Post>;
    type Trees = Vec<Tree<User, Post, Comment>>;

    fn pool(workload: Workload) -> Pool {
        if workload == Workload::Mixed64 { Pool::Split(4) } else { Pool::Of(1) }
    }

    async fn open(open: Open) -> Result<AsyncSqlite> {
        let readers = connect(&open, open.pool.size()).await?;
        let writer = if let Pool::Split(_) = open.pool { connect(&open, 1).await? } else { readers.clone() };
        Ok(AsyncSqlite { readers, writer })
    }

    async fn version(&self) -> Result<String> {
        call(&self.readers, |raw| closures::version(raw)).await
    }

    async fn users(&self) -> Result<Vec<User>> {
        call(&self.readers, |raw| closures::users(raw)).await
    }

    async fn join(&self) -> Result<Vec<Self::Joined>> {
        call(&self.readers, |raw| closures::join(raw)).await
    }

    async fn trees(&self) -> Result<Self::Trees> {
        call(&self.readers, |raw| closures::trees(raw)).await
    }

    async fn user(&self, id: i64) -> Result<User> {
        call(&self.readers, move |raw| closures::find(raw, id)).await
    }

    async fn insert(&self, user: NewUser) -> Result {
        call(&self.writer, move |raw| closures::insert(raw, &user)).await
    }

    async fn insert_batch(&self, users: Vec<NewUser>) -> Result {
        call(&self.writer, move |raw| closures::insert_batch(raw, &users)).await
    }

    async fn bulk(&self, items: Vec<Item>) -> Result {
        call(&self.writer, move |raw| closures::bulk(raw, &items)).await
    }

    async fn stream(&self) -> Result<Check> {
        call(&self.readers, |raw| closures::stream(raw)).await
    }

    async fn count(&self, to: i64) -> Result<i64> {
        call(&self.readers, move |raw| closures::count(raw, to)).await
    }

    async fn one(&self) -> Result<i64> {
        call(&self.readers, |raw| closures::one(raw)).await
    }
}
