//! diesel-async: diesel in `spawn_blocking`, and the pool of deadpool, which only checks for open
//! transactions when a connection is returned.
//!
//! The library has no insert of many rows for SQLite. Such inserts run on diesel's blocking
//! connection in the library's `spawn_blocking`. One row is read by `get_result` instead of
//! `first`, because SQLite recompiles a statement with `LIMIT ?` each time that it is used.

use std::process::ExitCode;

use bench_harness::{
    Check, Item, Joined, NewUser as ToInsert, Open, Peer, Pool, Result, Tree, Workload, assemble, data::COUNT,
};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, deadpool};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use futures_util::{FutureExt, TryStreamExt};
use tables::*;

#[path = "../../tables.rs"]
mod tables;

type Wrapped = SyncConnectionWrapper<SqliteConnection>;
type Connections = deadpool::Pool<Wrapped>;

#[derive(Clone)]
struct DieselAsync {
    readers: Connections,
    writer: Connections,
}

fn main() -> ExitCode {
    bench_harness::main::<DieselAsync>()
}

fn connect(open: &Open, size: usize) -> Result<Connections> {
    let path = open.path().to_str().ok_or("the path is not UTF-8")?;
    let pragmas = open.pragmas();
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |url| {
        let (url, pragmas) = (url.to_owned(), pragmas.clone());
        async move {
            let mut raw = Wrapped::establish(&url).await?;
            raw.batch_execute(&pragmas).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
            Ok(raw)
        }
        .boxed()
    });
    Ok(Connections::builder(AsyncDieselConnectionManager::new_with_config(path, config)).max_size(size).build()?)
}

impl Peer for DieselAsync {
    const NAME: &'static str = "diesel-async";

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

    async fn open(open: Open) -> Result<DieselAsync> {
        let readers = connect(&open, open.pool.size())?;
        let writer = if let Pool::Split(_) = open.pool { connect(&open, 1)? } else { readers.clone() };
        Ok(DieselAsync { readers, writer })
    }

    async fn version(&self) -> Result<String> {
        Ok(diesel::sql_query(VERSION).get_result::<Version>(&mut self.readers.get().await?).await?.version)
    }

    async fn users(&self) -> Result<Vec<User>> {
        Ok(users::table.load(&mut self.readers.get().await?).await?)
    }

    async fn join(&self) -> Result<Vec<Self::Joined>> {
        Ok(joined!().load(&mut self.readers.get().await?).await?)
    }

    async fn trees(&self) -> Result<Self::Trees> {
        let raw = &mut self.readers.get().await?;
        let users: Vec<User> = users::table.load(raw).await?;
        let of_users = posts::user_id.eq_any(users.iter().map(|user| user.id).collect::<Vec<_>>());
        let posts: Vec<Post> = posts::table.filter(of_users).order(posts::id).load(raw).await?;
        let of_posts = comments::post_id.eq_any(posts.iter().map(|post| post.id).collect::<Vec<_>>());
        let comments: Vec<Comment> = comments::table.filter(of_posts).order(comments::id).load(raw).await?;
        Ok(assemble(users, posts, comments))
    }

    async fn user(&self, id: i64) -> Result<User> {
        Ok(users::table.find(id).get_result(&mut self.readers.get().await?).await?)
    }

    async fn insert(&self, user: ToInsert) -> Result {
        let raw = &mut self.writer.get().await?;
        diesel::insert_into(users::table).values(NewUser::from(user)).execute(raw).await?;
        Ok(())
    }

    async fn insert_batch(&self, users: Vec<ToInsert>) -> Result {
        Ok(self.writer.get().await?.spawn_blocking(move |raw| insert_batch(raw, users)).await?)
    }

    async fn bulk(&self, items: Vec<Item>) -> Result {
        Ok(self.writer.get().await?.spawn_blocking(move |raw| bulk(raw, items)).await?)
    }

    async fn stream(&self) -> Result<Check> {
        let raw = &mut self.readers.get().await?;
        let mut check = Check::default();
        let mut readings = readings::table.load_stream::<Reading>(raw).await?;
        while let Some(reading) = readings.try_next().await? {
            check.add_reading(reading.id, &reading.sensor, reading.value);
        }
        Ok(check)
    }

    async fn count(&self, to: i64) -> Result<i64> {
        let raw = &mut self.readers.get().await?;
        Ok(diesel::sql_query(COUNT).bind::<BigInt, _>(to).get_result::<Count>(raw).await?.n)
    }

    async fn one(&self) -> Result<i64> {
        Ok(diesel::select(1_i64.into_sql::<BigInt>()).get_result(&mut self.readers.get().await?).await?)
    }
}
