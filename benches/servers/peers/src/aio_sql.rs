//! aio-sql, by its typed API. Half of the connections are for transactions.

use std::time::SystemTime;

use ::aio_sql::{Database, Executor, Table, sql};
use bench_harness::{Result, Tree, shapes};
use bench_servers_harness::{Peer, as_item, check};

#[derive(Table)]
pub(crate) struct Item {
    #[column(primary_key)]
    id: i64,
    name: String,
    price: f64,
    sold: bool,
    #[allow(dead_code)]
    made: SystemTime,
}

as_item!(Item);

#[derive(Table)]
struct Log {
    #[column(primary_key, auto)]
    #[allow(dead_code)]
    id: i64,
    name: String,
    price: f64,
}

#[derive(Table)]
struct Streamed {
    #[column(primary_key)]
    id: i64,
    name: String,
}

#[derive(Table)]
struct Hot {
    #[column(primary_key)]
    #[allow(dead_code)]
    id: i64,
    #[allow(dead_code)]
    count: i64,
}

#[derive(Table)]
#[table(name = "users")]
pub(crate) struct User {
    #[column(primary_key)]
    id: i64,
    name: String,
    hair_color: Option<String>,
}

#[derive(Table)]
#[table(name = "posts")]
pub(crate) struct Post {
    #[column(primary_key)]
    id: i64,
    #[column(references = User::ID)]
    user_id: i64,
    title: String,
}

#[derive(Table)]
#[table(name = "comments")]
pub(crate) struct Comment {
    #[column(primary_key)]
    id: i64,
    #[column(references = Post::ID)]
    post_id: i64,
    text: String,
}

shapes!(User, Post, Comment);

#[derive(Clone)]
pub(crate) struct AioSql(Database);

impl Peer for AioSql {
    const NAME: &'static str = "aio-sql";

    type Item = Item;
    type Trees = Vec<Tree<User, Post, Comment>>;

    async fn open(address: &str, connections: usize) -> Result<AioSql> {
        Ok(AioSql(Database::builder(address).connections(2 * connections as u32).open().await?))
    }

    async fn item(&self, id: i64) -> Result<Item> {
        Ok(Item::find(id).one(&self.0).await?)
    }

    async fn items(&self) -> Result<Vec<Item>> {
        Ok(Item::select().all(&self.0).await?)
    }

    async fn stream(&self) -> Result<(i64, i64)> {
        let mut rows = Streamed::select().stream(&self.0);
        let (mut count, mut sum) = (0, 0);
        while let Some(row) = rows.next().await {
            let row = row?;
            count += 1;
            sum += row.id + row.name.len() as i64;
        }
        Ok((count, sum))
    }

    async fn trees(&self) -> Result<Self::Trees> {
        let users = User::select().with(Post.with(Comment)).all(&self.0).await?;
        Ok(users.into_iter().map(|(user, posts)| Tree { user, posts }).collect())
    }

    async fn insert(&self, name: String, price: f64) -> Result {
        check(Log::insert(NewLog { name, price }).execute(&self.0).await?.rows_affected == 1)
    }

    async fn increment(&self, id: i64) -> Result {
        let update = Hot::update().set(Hot::COUNT, Hot::COUNT + 1).filter(Hot::ID.eq(id));
        check(update.execute(&self.0).await?.rows_affected == 1)
    }

    async fn set_prices(&self, prices: [(i64, f64); 2]) -> Result {
        let set = async |executor: &Executor, (id, price): (i64, f64)| {
            Item::update().set(Item::PRICE, price).filter(Item::ID.eq(id)).execute(executor).await
        };
        let tx = self.0.begin().await?;
        for price in prices {
            check(set(&tx, price).await?.rows_affected == 1)?;
        }
        Ok(tx.commit().await?)
    }

    async fn bulk(&self, rows: Vec<(String, f64)>) -> Result {
        let count = rows.len() as u64;
        let rows = rows.into_iter().map(|(name, price)| NewLog { name, price });
        check(Log::insert_all(rows).execute(&self.0).await?.rows_affected == count)
    }

    async fn sleep(&self, seconds: f64) -> Result {
        let slept: Option<String> = sql!("select pg_sleep({seconds})::text").scalar(&self.0).await?;
        check(slept.is_some())
    }
}
