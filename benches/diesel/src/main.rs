//! diesel, which blocks, with a pool of r2d2.
//!
//! One row is read by `get_result` instead of `first`, because SQLite recompiles a statement with
//! `LIMIT ?` each time that it is used.

use std::process::ExitCode;

use bench_harness::{
    Check, Item, Joined, NewUser as ToInsert, Open, Peer, Pool, Result, Tree, Workload, assemble, data::COUNT,
};
use diesel::connection::{DefaultLoadingMode, SimpleConnection};
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, PooledConnection};
use diesel::sql_types::BigInt;
use tables::*;

#[path = "../../tables.rs"]
mod tables;

type Connections = diesel::r2d2::Pool<ConnectionManager<SqliteConnection>>;

#[derive(Clone)]
struct Diesel {
    readers: Connections,
    writer: Connections,
}

#[derive(Debug)]
struct Pragmas(String);

impl CustomizeConnection<SqliteConnection, diesel::r2d2::Error> for Pragmas {
    fn on_acquire(&self, raw: &mut SqliteConnection) -> Result<(), diesel::r2d2::Error> {
        raw.batch_execute(&self.0).map_err(diesel::r2d2::Error::QueryError)
    }
}

fn main() -> ExitCode {
    bench_harness::main::<Diesel>()
}

fn connect(open: &Open, size: usize) -> Result<Connections> {
    let path = open.path().to_str().ok_or("the path is not UTF-8")?;
    let pool = diesel::r2d2::Pool::builder()
        .max_size(size as u32)
        .test_on_check_out(false)
        .connection_customizer(Box::new(Pragmas(open.pragmas())));
    Ok(pool.build(ConnectionManager::new(path))?)
}

impl Diesel {
    fn reader(&self) -> Result<PooledConnection<ConnectionManager<SqliteConnection>>> {
        Ok(self.readers.get()?)
    }
}

impl Peer for Diesel {
    const NAME: &'static str = "diesel";
    const SYNC: bool = true;

    type User = User;
    type Joined = Joined<User, Post>;
    type Trees = Vec<Tree<User, Post, Comment>>;

    fn pool(workload: Workload) -> Pool {
        match workload {
            Workload::Point64 => Pool::Of(10),
            Workload::Mixed64 => Pool::Split(4),
            _ => Pool::Of(1),
        }
    }

    async fn open(open: Open) -> Result<Diesel> {
        let readers = connect(&open, open.pool.size())?;
        let writer = if let Pool::Split(_) = open.pool { connect(&open, 1)? } else { readers.clone() };
        Ok(Diesel { readers, writer })
    }

    async fn version(&self) -> Result<String> {
        Ok(diesel::sql_query(VERSION).get_result::<Version>(&mut self.reader()?)?.version)
    }

    async fn users(&self) -> Result<Vec<User>> {
        Ok(users::table.load(&mut self.reader()?)?)
    }

    async fn join(&self) -> Result<Vec<Self::Joined>> {
        Ok(joined!().load(&mut self.reader()?)?)
    }

    async fn trees(&self) -> Result<Self::Trees> {
        let raw = &mut self.reader()?;
        let users: Vec<User> = users::table.load(raw)?;
        let of_users = posts::user_id.eq_any(users.iter().map(|user| user.id));
        let posts: Vec<Post> = posts::table.filter(of_users).order(posts::id).load(raw)?;
        let of_posts = comments::post_id.eq_any(posts.iter().map(|post| post.id));
        let comments: Vec<Comment> = comments::table.filter(of_posts).order(comments::id).load(raw)?;
        Ok(assemble(users, posts, comments))
    }

    async fn user(&self, id: i64) -> Result<User> {
        Ok(users::table.find(id).get_result(&mut self.reader()?)?)
    }

    async fn insert(&self, user: ToInsert) -> Result {
        let raw = &mut self.writer.get()?;
        diesel::insert_into(users::table).values(NewUser::from(user)).execute(raw)?;
        Ok(())
    }

    async fn insert_batch(&self, users: Vec<ToInsert>) -> Result {
        Ok(insert_batch(&mut *self.writer.get()?, users)?)
    }

    async fn bulk(&self, items: Vec<Item>) -> Result {
        Ok(bulk(&mut *self.writer.get()?, items)?)
    }

    async fn stream(&self) -> Result<Check> {
        let raw = &mut self.reader()?;
        let mut check = Check::default();
        for reading in readings::table.load_iter::<Reading, DefaultLoadingMode>(raw)? {
            let reading = reading?;
            check.add_reading(reading.id, &reading.sensor, reading.value);
        }
        Ok(check)
    }

    async fn count(&self, to: i64) -> Result<i64> {
        Ok(diesel::sql_query(COUNT).bind::<BigInt, _>(to).get_result::<Count>(&mut self.reader()?)?.n)
    }

    async fn one(&self) -> Result<i64> {
        Ok(diesel::select(1_i64.into_sql::<BigInt>()).get_result(&mut self.reader()?)?)
    }
}
