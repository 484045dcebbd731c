//! rusqlite, which blocks. It is the lower bound for the other programs.
//!
//! A task is a thread with its own connection for reading. All tasks share one connection for
//! writing.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard};

use bench_harness::{Check, Comment, Item, Joined, NewUser, Open, Peer, Pool, Post, Result, Tree, User, Workload};
use rusqlite::{self, Connection};

#[path = "../../closures.rs"]
mod closures;

#[derive(Clone)]
struct Rusqlite {
    open: Arc<Open>,
    reader: Arc<Mutex<Connection>>,
    writer: Arc<Mutex<Connection>>,
}

fn main() -> ExitCode {
    bench_harness::main::<Rusqlite>()
}

fn connect(open: &Open) -> Result<Arc<Mutex<Connection>>> {
    let connection = Connection::open(open.path())?;
    connection.execute_batch(&open.pragmas())?;
    Ok(Arc::new(Mutex::new(connection)))
}

impl Rusqlite {
    fn reader(&self) -> MutexGuard<'_, Connection> {
        self.reader.lock().expect("no thread panics while it holds the lock")
    }

    fn writer(&self) -> MutexGuard<'_, Connection> {
        self.writer.lock().expect("no thread panics while it holds the lock")
    }
}

impl Peer for Rusqlite {
    const NAME: &'static str = "rusqlite";
    const SYNC: bool = true;

    type User = User;
    type Joined = Joined<User, Post>;
    type Trees = Vec<Tree<User, Post, Comment>>;

    fn pool(workload: Workload) -> Pool {
        if workload.concurrent() { Pool::Split(64) } else { Pool::Of(1) }
    }

    async fn open(open: Open) -> Result<Rusqlite> {
        let writer = connect(&open)?;
        let reader = if open.pool.size() > 1 { connect(&open)? } else { Arc::clone(&writer) };
        Ok(Rusqlite { open: Arc::new(open), reader, writer })
    }

    async fn task(&self) -> Result<Rusqlite> {
        Ok(Rusqlite { reader: connect(&self.open)?, ..self.clone() })
    }

    async fn version(&self) -> Result<String> {
        Ok(closures::version(&self.reader())?)
    }

    async fn users(&self) -> Result<Vec<User>> {
        Ok(closures::users(&self.reader())?)
    }

    async fn join(&self) -> Result<Vec<Self::Joined>> {
        Ok(closures::join(&self.reader())?)
    }

    async fn trees(&self) -> Result<Self::Trees> {
        Ok(closures::trees(&self.reader())?)
    }

    async fn user(&self, id: i64) -> Result<User> {
        Ok(closures::find(&self.reader(), id)?)
    }

    async fn insert(&self, user: NewUser) -> Result {
        Ok(closures::insert(&self.writer(), &user)?)
    }

    async fn insert_batch(&self, users: Vec<NewUser>) -> Result {
        Ok(closures::insert_batch(&mut self.writer(), &users)?)
    }

    async fn bulk(&self, items: Vec<Item>) -> Result {
        Ok(closures::bulk(&mut self.writer(), &items)?)
    }

    async fn stream(&self) -> Result<Check> {
        Ok(closures::stream(&self.reader())?)
    }

    async fn count(&self, to: i64) -> Result<i64> {
        Ok(closures::count(&self.reader(), to)?)
    }

    async fn one(&self) -> Result<i64> {
        Ok(closures::one(&self.reader())?)
    }
}
