//! tokio-rusqlite: a thread for each connection. The library has no pool: the program has one
//! connection, or one for reading and one for writing.

use std::process::ExitCode;

use bench_harness::{Check, Comment, Item, Joined, NewUser, Open, Peer, Pool, Post, Result, Tree, User, Workload};
use tokio_rusqlite::{Connection, rusqlite};

#[path = "../../closures.rs"]
mod closures;

#[derive(Clone)]
struct TokioRusqlite {
    reader: Connection,
    writer: Connection,
}

fn main() -> ExitCode {
    bench_harness::main::<TokioRusqlite>()
}

async fn connect(open: &Open) -> Result<Connection> {
    let connection = Connection::open(open.path()).await?;
    let pragmas = open.pragmas();
    connection.call(move |raw| raw.execute_batch(&pragmas)).await?;
    Ok(connection)
}

async fn call<T: Send + 'static>(
    connection: &Connection,
    work: impl FnOnce(&mut rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
) -> Result<T> {
    Ok(connection.call(work).await?)
}

impl Peer for TokioRusqlite {
    const NAME: &'static str = "tokio-rusqlite";

    type User = User;
    type Joined = Joined<User, Post>;
    type Trees = Vec<Tree<User, Post, Comment>>;

    fn pool(workload: Workload) -> Pool {
        if workload == Workload::Mixed64 { Pool::Split(1) } else { Pool::Of(1) }
    }

    async fn open(open: Open) -> Result<TokioRusqlite> {
        let reader = connect(&open).await?;
        let writer = if let Pool::Split(_) = open.pool { connect(&open).await? } else { reader.clone() };
        Ok(TokioRusqlite { reader, writer })
    }

    async fn version(&self) -> Result<String> {
        call(&self.reader, |raw| closures::version(raw)).await
    }

    async fn users(&self) -> Result<Vec<User>> {
        call(&self.reader, |raw| closures::users(raw)).await
    }

    async fn join(&self) -> Result<Vec<Self::Joined>> {
        call(&self.reader, |raw| closures::join(raw)).await
    }

    async fn trees(&self) -> Result<Self::Trees> {
        call(&self.reader, |raw| closures::trees(raw)).await
    }

    async fn user(&self, id: i64) -> Result<User> {
        call(&self.reader, move |raw| closures::find(raw, id)).await
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
        call(&self.reader, |raw| closures::stream(raw)).await
    }

    async fn count(&self, to: i64) -> Result<i64> {
        call(&self.reader, move |raw| closures::count(raw, to)).await
    }

    async fn one(&self) -> Result<i64> {
        call(&self.reader, |raw| closures::one(raw)).await
    }
}
