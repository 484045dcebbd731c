//! deadpool-postgres, which does not test a client before it hands it out.

use std::str::FromStr;

use ::tokio_postgres::{Config, NoTls};
use bench_harness::Result;
use bench_servers_harness::{Peer, check};
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};

use crate::tokio_postgres::{
    ALL, COMMENTS, INCREMENT, INSERT, Item, POINT, POSTS, SET_PRICE, SLEEP, STREAM, Trees, USERS, bulk, item, items,
    stream, trees,
};

#[derive(Clone)]
pub(crate) struct Deadpool(Pool);

impl Peer for Deadpool {
    const NAME: &'static str = "deadpool-postgres";

    type Item = Item;
    type Trees = Trees;

    async fn open(address: &str, connections: usize) -> Result<Deadpool> {
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(Config::from_str(address)?, NoTls, recycling);
        Ok(Deadpool(Pool::builder(manager).max_size(connections).build()?))
    }

    async fn item(&self, id: i64) -> Result<Item> {
        let client = self.0.get().await?;
        item(&client, &client.prepare_cached(POINT).await?, id).await
    }

    async fn items(&self) -> Result<Vec<Item>> {
        let client = self.0.get().await?;
        items(&client, &client.prepare_cached(ALL).await?).await
    }

    async fn stream(&self) -> Result<(i64, i64)> {
        let client = self.0.get().await?;
        stream(&client, &client.prepare_cached(STREAM).await?).await
    }

    async fn trees(&self) -> Result<Trees> {
        let client = self.0.get().await?;
        let users = client.prepare_cached(USERS).await?;
        let (posts, comments) = (client.prepare_cached(POSTS).await?, client.prepare_cached(COMMENTS).await?);
        trees(&client, [&users, &posts, &comments]).await
    }

    async fn insert(&self, name: String, price: f64) -> Result {
        let client = self.0.get().await?;
        let insert = client.prepare_cached(INSERT).await?;
        check(client.execute(&insert, &[&name, &price]).await? == 1)
    }

    async fn increment(&self, id: i64) -> Result {
        let client = self.0.get().await?;
        let increment = client.prepare_cached(INCREMENT).await?;
        check(client.execute(&increment, &[&id]).await? == 1)
    }

    async fn set_prices(&self, prices: [(i64, f64); 2]) -> Result {
        let mut client = self.0.get().await?;
        let transaction = client.transaction().await?;
        let set = transaction.prepare_cached(SET_PRICE).await?;
        for (id, price) in prices {
            check(transaction.execute(&set, &[&id, &price]).await? == 1)?;
        }
        Ok(transaction.commit().await?)
    }

    async fn bulk(&self, rows: Vec<(String, f64)>) -> Result {
        let client = self.0.get().await?;
        bulk(&client, rows).await
    }

    async fn sleep(&self, seconds: f64) -> Result {
        let client = self.0.get().await?;
        let row = client.query_one(&client.prepare_cached(SLEEP).await?, &[&seconds]).await?;
        check(row.try_get::<_, Option<String>>(0)?.is_some())
    }
}
