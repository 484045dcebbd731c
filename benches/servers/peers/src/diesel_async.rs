//! diesel-async with the pool of deadpool, which does not test a connection before it hands it
//! out.

use ::diesel_async::pooled_connection::deadpool::{Object, Pool};
use ::diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use ::diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use bench_harness::{Result, Tree, assemble, shapes};
use bench_servers_harness::{Peer, as_item, check};
use diesel::prelude::*;
use diesel::sql_types::{Double, Nullable, Text};
use futures_util::TryStreamExt;
use time::OffsetDateTime;

diesel::table! {
    item (id) {
        id -> BigInt,
        name -> Text,
        price -> Double,
        sold -> Bool,
        made -> Timestamptz,
    }
}

diesel::table! {
    log (id) {
        id -> BigInt,
        name -> Text,
        price -> Double,
    }
}

diesel::table! {
    streamed (id) {
        id -> BigInt,
        name -> Text,
    }
}

diesel::table! {
    hot (id) {
        id -> BigInt,
        count -> BigInt,
    }
}

diesel::table! {
    users (id) {
        id -> BigInt,
        name -> Text,
        hair_color -> Nullable<Text>,
    }
}

diesel::table! {
    posts (id) {
        id -> BigInt,
        user_id -> BigInt,
        title -> Text,
    }
}

diesel::table! {
    comments (id) {
        id -> BigInt,
        post_id -> BigInt,
        text -> Text,
    }
}

#[derive(Queryable)]
pub(crate) struct Item {
    id: i64,
    name: String,
    price: f64,
    sold: bool,
    #[allow(dead_code)]
    made: OffsetDateTime,
}

as_item!(Item);

#[derive(Queryable)]
struct Streamed {
    id: i64,
    name: String,
}

#[derive(Insertable)]
#[diesel(table_name = log)]
struct NewLog {
    name: String,
    price: f64,
}

#[derive(Queryable)]
pub(crate) struct User {
    id: i64,
    name: String,
    hair_color: Option<String>,
}

#[derive(Queryable)]
pub(crate) struct Post {
    id: i64,
    user_id: i64,
    title: String,
}

#[derive(Queryable)]
pub(crate) struct Comment {
    id: i64,
    post_id: i64,
    text: String,
}

shapes!(User, Post, Comment);

#[derive(QueryableByName)]
struct Slept {
    #[diesel(sql_type = Nullable<Text>)]
    slept: Option<String>,
}

/// The rows of one statement of `bulk`. Diesel can cache the statement of an array of fixed
/// length.
const CHUNK: usize = 1000;

#[derive(Clone)]
pub(crate) struct DieselAsync(Pool<AsyncPgConnection>);

impl DieselAsync {
    async fn connection(&self) -> Result<Object<AsyncPgConnection>> {
        Ok(self.0.get().await?)
    }
}

impl Peer for DieselAsync {
    const NAME: &'static str = "diesel-async";

    type Item = Item;
    type Trees = Vec<Tree<User, Post, Comment>>;

    async fn open(address: &str, connections: usize) -> Result<DieselAsync> {
        let mut config = ManagerConfig::default();
        config.recycling_method = RecyclingMethod::Fast;
        let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new_with_config(address, config);
        Ok(DieselAsync(Pool::builder(manager).max_size(connections).build()?))
    }

    async fn item(&self, id: i64) -> Result<Item> {
        Ok(item::table.find(id).get_result(&mut self.connection().await?).await?)
    }

    async fn items(&self) -> Result<Vec<Item>> {
        Ok(item::table.load(&mut self.connection().await?).await?)
    }

    async fn stream(&self) -> Result<(i64, i64)> {
        let mut connection = self.connection().await?;
        let mut rows = streamed::table.load_stream::<Streamed>(&mut connection).await?;
        let (mut count, mut sum) = (0, 0);
        while let Some(row) = rows.try_next().await? {
            count += 1;
            sum += row.id + row.name.len() as i64;
        }
        Ok((count, sum))
    }

    async fn trees(&self) -> Result<Self::Trees> {
        let connection = &mut self.connection().await?;
        let users: Vec<User> = users::table.order(users::id).load(connection).await?;
        let of_users = posts::user_id.eq_any(users.iter().map(|user| user.id).collect::<Vec<_>>());
        let posts: Vec<Post> = posts::table.filter(of_users).order(posts::id).load(connection).await?;
        let of_posts = comments::post_id.eq_any(posts.iter().map(|post| post.id).collect::<Vec<_>>());
        let comments: Vec<Comment> = comments::table.filter(of_posts).order(comments::id).load(connection).await?;
        Ok(assemble(users, posts, comments))
    }

    async fn insert(&self, name: String, price: f64) -> Result {
        let insert = diesel::insert_into(log::table).values(NewLog { name, price });
        check(insert.execute(&mut self.connection().await?).await? == 1)
    }

    async fn increment(&self, id: i64) -> Result {
        let update = diesel::update(hot::table.find(id)).set(hot::count.eq(hot::count + 1));
        check(update.execute(&mut self.connection().await?).await? == 1)
    }

    async fn set_prices(&self, prices: [(i64, f64); 2]) -> Result {
        self.connection()
            .await?
            .transaction(async |connection| {
                for (id, price) in prices {
                    let update = diesel::update(item::table.find(id)).set(item::price.eq(price));
                    check(update.execute(connection).await? == 1)?;
                }
                Ok(())
            })
            .await
    }

    async fn bulk(&self, rows: Vec<(String, f64)>) -> Result {
        let rows: Vec<NewLog> = rows.into_iter().map(|(name, price)| NewLog { name, price }).collect();
        let (chunks, rest) = rows.as_chunks::<CHUNK>();
        self.connection()
            .await?
            .transaction(async |connection| {
                for chunk in chunks {
                    diesel::insert_into(log::table).values(chunk).execute(connection).await?;
                }
                for row in rest {
                    diesel::insert_into(log::table).values(row).execute(connection).await?;
                }
                Ok(())
            })
            .await
    }

    async fn sleep(&self, seconds: f64) -> Result {
        let query = diesel::sql_query("select pg_sleep($1)::text as slept").bind::<Double, _>(seconds);
        check(query.get_result::<Slept>(&mut self.connection().await?).await?.slept.is_some())
    }
}
