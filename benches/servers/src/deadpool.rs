use std::str::FromStr;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use futures_util::future::try_join_all;

use crate::peer::{Peer, ROWS, Result, Run, check, name};
use crate::tokio_postgres::{ALL, INSERT, Item, POINT, UPDATE, bulk, stream};

pub(crate) struct Deadpool(Pool);

impl Deadpool {
    pub(crate) async fn open(address: &str, connections: usize) -> Result<Deadpool> {
        let config = ::tokio_postgres::Config::from_str(address)?;
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config, ::tokio_postgres::NoTls, recycling);
        Ok(Deadpool(Pool::builder(manager).max_size(connections).build()?))
    }
}

async fn point(pool: &Pool, id: i64) -> Result<Item> {
    let client = pool.get().await?;
    let statement = client.prepare_cached(POINT).await?;
    Item::of(&client.query_one(&statement, &[&id]).await?)
}

async fn insert(pool: &Pool, number: i64) -> Result {
    let client = pool.get().await?;
    let statement = client.prepare_cached(INSERT).await?;
    check(client.execute(&statement, &[&name(number), &1.5_f64]).await? == 1)
}

impl Peer for Deadpool {
    fn name(&self) -> &'static str {
        "deadpool-postgres"
    }

    fn points(&self, count: i64) -> Run<'_> {
        Box::pin(async move {
            for number in 0..count {
                let id = number % ROWS + 1;
                let item = point(&self.0, id).await?;
                check(item.id == id && !item.name.is_empty())?;
            }
            Ok(())
        })
    }

    fn points_by_tasks(&self, tasks: i64, count: i64) -> Run<'_> {
        Box::pin(async move {
            let task = |task: i64| {
                let pool = self.0.clone();
                tokio::spawn(async move {
                    for number in 0..count {
                        let id = (task * 1_000 + number) % ROWS + 1;
                        check(point(&pool, id).await?.id == id)?;
                    }
                    Result::Ok(())
                })
            };
            try_join_all((0..tasks).map(task)).await?.into_iter().collect()
        })
    }

    fn all(&self, times: i64) -> Run<'_> {
        Box::pin(async move {
            for _ in 0..times {
                let client = self.0.get().await?;
                let statement = client.prepare_cached(ALL).await?;
                let rows = client.query(&statement, &[]).await?;
                let items: Vec<Item> = rows.iter().map(Item::of).collect::<Result<_>>()?;
                check(items.len() as i64 == ROWS && items.iter().all(|item| item.price > 0.0 && (item.sold || item.id % 2 == 1)))?;
            }
            Ok(())
        })
    }

    fn stream(&self) -> Run<'_> {
        Box::pin(async move { stream(&*self.0.get().await?).await })
    }

    fn inserts(&self, count: i64) -> Run<'_> {
        Box::pin(async move {
            for number in 0..count {
                insert(&self.0, number).await?;
            }
            Ok(())
        })
    }

    fn inserts_by_tasks(&self, tasks: i64, count: i64) -> Run<'_> {
        Box::pin(async move {
            let task = |task: i64| {
                let pool = self.0.clone();
                tokio::spawn(async move {
                    for number in 0..count {
                        insert(&pool, task * count + number).await?;
                    }
                    Result::Ok(())
                })
            };
            try_join_all((0..tasks).map(task)).await?.into_iter().collect()
        })
    }

    fn transactions(&self, count: i64) -> Run<'_> {
        Box::pin(async move {
            for number in 0..count {
                let (one, other) = (number % ROWS + 1, (number + 1) % ROWS + 1);
                let mut client = self.0.get().await?;
                let transaction = client.transaction().await?;
                let update = transaction.prepare_cached(UPDATE).await?;
                transaction.execute(&update, &[&2.5_f64, &one]).await?;
                transaction.execute(&update, &[&3.5_f64, &other]).await?;
                transaction.commit().await?;
            }
            Ok(())
        })
    }

    fn bulk(&self, count: i64) -> Run<'_> {
        Box::pin(async move { bulk(&*self.0.get().await?, count).await })
    }
}
