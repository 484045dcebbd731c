//! sqlx, whose pool does not test a connection before it is used.

use ::sqlx::postgres::{PgPoolOptions, PgRow};
use ::sqlx::{FromRow, PgPool, Row};
use bench_harness::{Comment, Post, Result, User, assemble};
use bench_servers_harness::{Peer, as_item, check};
use futures_util::TryStreamExt;
use time::OffsetDateTime;

use crate::tokio_postgres::{ALL, COMMENTS, INCREMENT, INSERT, POINT, POSTS, SET_PRICE, SLEEP, STREAM, Trees, USERS};

#[derive(FromRow)]
pub(crate) struct Item {
    id: i64,
    name: String,
    price: f64,
    sold: bool,
    #[allow(dead_code)]
    made: OffsetDateTime,
}

as_item!(Item);

#[derive(FromRow)]
struct Streamed {
    id: i64,
    name: String,
}

#[derive(Clone)]
pub(crate) struct Sqlx(PgPool);

impl Peer for Sqlx {
    const NAME: &'static str = "sqlx";

    type Item = Item;
    type Trees = Trees;

    async fn open(address: &str, connections: usize) -> Result<Sqlx> {
        let options = PgPoolOptions::new().max_connections(connections as u32).test_before_acquire(false);
        Ok(Sqlx(options.max_lifetime(None).idle_timeout(None).connect(address).await?))
    }

    async fn item(&self, id: i64) -> Result<Item> {
        Ok(::sqlx::query_as(POINT).bind(id).fetch_one(&self.0).await?)
    }

    async fn items(&self) -> Result<Vec<Item>> {
        Ok(::sqlx::query_as(ALL).fetch_all(&self.0).await?)
    }

    async fn stream(&self) -> Result<(i64, i64)> {
        let mut rows = ::sqlx::query_as::<_, Streamed>(STREAM).fetch(&self.0);
        let (mut count, mut sum) = (0, 0);
        while let Some(row) = rows.try_next().await? {
            count += 1;
            sum += row.id + row.name.len() as i64;
        }
        Ok((count, sum))
    }

    async fn trees(&self) -> Result<Trees> {
        let mut connection = self.0.acquire().await?;
        let user = |row: PgRow| Ok(User { id: row.try_get(0)?, name: row.try_get(1)?, hair_color: row.try_get(2)? });
        let post = |row: PgRow| Ok(Post { id: row.try_get(0)?, user_id: row.try_get(1)?, title: row.try_get(2)? });
        let comment = |row: PgRow| Ok(Comment { id: row.try_get(0)?, post_id: row.try_get(1)?, text: row.try_get(2)? });
        let users = ::sqlx::query(USERS).try_map(user).fetch_all(&mut *connection).await?;
        let ids: Vec<i64> = users.iter().map(|user| user.id).collect();
        let posts = ::sqlx::query(POSTS).bind(ids).try_map(post).fetch_all(&mut *connection).await?;
        let ids: Vec<i64> = posts.iter().map(|post| post.id).collect();
        let comments = ::sqlx::query(COMMENTS).bind(ids).try_map(comment).fetch_all(&mut *connection).await?;
        Ok(assemble(users, posts, comments))
    }

    async fn insert(&self, name: String, price: f64) -> Result {
        check(::sqlx::query(INSERT).bind(name).bind(price).execute(&self.0).await?.rows_affected() == 1)
    }

    async fn increment(&self, id: i64) -> Result {
        check(::sqlx::query(INCREMENT).bind(id).execute(&self.0).await?.rows_affected() == 1)
    }

    async fn set_prices(&self, prices: [(i64, f64); 2]) -> Result {
        let mut transaction = self.0.begin().await?;
        for (id, price) in prices {
            let done = ::sqlx::query(SET_PRICE).bind(id).bind(price).execute(&mut *transaction).await?;
            check(done.rows_affected() == 1)?;
        }
        Ok(transaction.commit().await?)
    }

    /// By arrays, as its documentation recommends.
    async fn bulk(&self, rows: Vec<(String, f64)>) -> Result {
        let count = rows.len() as u64;
        let (names, prices): (Vec<String>, Vec<f64>) = rows.into_iter().unzip();
        let insert = "insert into log (name, price) select * from unnest($1::text[], $2::float8[])";
        check(::sqlx::query(insert).bind(names).bind(prices).execute(&self.0).await?.rows_affected() == count)
    }

    async fn sleep(&self, seconds: f64) -> Result {
        let slept: Option<String> = ::sqlx::query_scalar(SLEEP).bind(seconds).fetch_one(&self.0).await?;
        check(slept.is_some())
    }
}
