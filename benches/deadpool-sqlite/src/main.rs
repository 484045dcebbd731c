//! deadpool-sqlite: a pool of rusqlite's connections, and a `spawn_blocking` for each closure.
//!
//! Its recycling cannot be turned off: each checkout runs `select $1` in a separate
//! `spawn_blocking`.

use std::process::ExitCode;

use bench_harness::{Check, Comment, Item, Joined, NewUser, Open, Peer, Pool, Post, Result, Tree, User, Workload};
use deadpool_sqlite::{Config, Hook, HookError, Runtime, rusqlite};

#[path = "../../closures.rs"]
mod closures;

#[derive(Clone)]
struct DeadpoolSqlite {
    readers: deadpool_sqlite::Pool,
    writer: deadpool_sqlite::Pool,
}

fn main() -> ExitCode {
    bench_harness::main::<DeadpoolSqlite>()
}

fn connect(open: &Open, size: usize) -> Result<deadpool_sqlite::Pool> {
    let pragmas = open.pragmas();
    // The hook only runs when a connection is opened. That it blocks the runtime for a moment does
    // not affect the measurement.
    let hook = Hook::sync_fn(move |connection, _| {
        let connection = connection.lock().map_err(|error| HookError::message(error.to_string()))?;
        connection.execute_batch(&pragmas).map_err(HookError::Backend)
    });
    Ok(Config::new(open.path()).builder(Runtime::Tokio1)?.max_size(size).post_create(hook).build()?)
}

async fn call<T: Send + 'static>(
    pool: &deadpool_sqlite::Pool,
    work: impl FnOnce(&mut rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
) -> Result<T> {
    Ok(pool.get().await?.interact(work).await.map_err(|error| error.to_string())??)
}

impl Peer for DeadpoolSqlite {
    const NAME: &'static str = "deadpool-sqlite";

    type User = User;
    type Joined = Joined<User, Post>;
    type Trees = Vec<Tree<User, Post, Comment>>;

    fn pool(workload: Workload) -> Pool {
        match workload {
            Workload::Point64 => Pool::Of(4),
            Workload::Mixed64 => Pool::Split(4),
            _ => Pool::Of(1),
        }
    }

    async fn open(open: Open) -> Result<DeadpoolSqlite> {
        let readers = connect(&open, open.pool.size())?;
        let writer = if let Pool::Split(_) = open.pool { connect(&open, 1)? } else { readers.clone() };
        Ok(DeadpoolSqlite { readers, writer })
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
