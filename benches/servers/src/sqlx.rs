use ::sqlx::postgres::PgPoolOptions;
use ::sqlx::{PgPool, Row};
use futures_util::TryStreamExt;
use futures_util::future::try_join_all;

use crate::peer::{Peer, ROWS, Result, Run, STREAMED, check, name};
use crate::tokio_postgres::{ALL, INSERT, POINT, UPDATE};

struct Item {
    id: i64,
    name: String,
    price: f64,
    sold: bool,
}

impl Item {
    fn of(row: &::sqlx::postgres::PgRow) -> Result<Item> {
        Ok(Item { id: row.try_get(0)?, name: row.try_get(1)?, price: row.try_get(2)?, sold: row.try_get(3)? })
    }
}

pub(crate) struct Sqlx(PgPool);

impl Sqlx {
    pub(crate) async fn open(address: &str, connections: usize) -> Result<Sqlx> {
        Ok(Sqlx(PgPoolOptions::new().max_connections(connections as u32).connect(address).await?))
    }
}

async fn point(pool: &PgPool, id: i64) -> Result<Item> {
    Item::of(&::sqlx::query(POINT).bind(id).fetch_one(pool).await?)
}

async fn insert(pool: &PgPool, number: i64) -> Result {
    check(::sqlx::query(INSERT).bind(name(number)).bind(1.5_f64).execute(pool).await?.rows_affected() == 1)
}

impl Peer for Sqlx {
    fn name(&self) -> &'static str {
        "sqlx"
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
                let rows = ::sqlx::query(ALL).fetch_all(&self.0).await?;
                let items: Vec<Item> = rows.iter().map(Item::of).collect::<Result<_>>()?;
                check(items.len() as i64 == ROWS && items.iter().all(|item| item.price > 0.0 && (item.sold || item.id % 2 == 1)))?;
            }
            Ok(())
        })
    }

    fn stream(&self) -> Run<'_> {
        Box::pin(async move {
            let mut rows = ::sqlx::query("select id, name from streamed").fetch(&self.0);
            let mut count = 0;
            while let Some(row) = rows.try_next().await? {
                let (id, name): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
                count += i64::from(id > 0 && !name.is_empty());
            }
            check(count == STREAMED)
        })
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
                let mut transaction = self.0.begin().await?;
                ::sqlx::query(UPDATE).bind(2.5_f64).bind(one).execute(&mut *transaction).await?;
                ::sqlx::query(UPDATE).bind(3.5_f64).bind(other).execute(&mut *transaction).await?;
                transaction.commit().await?;
            }
            Ok(())
        })
    }

    fn bulk(&self, count: i64) -> Run<'_> {
        Box::pin(async move {
            let names: Vec<String> = (0..count).map(name).collect();
            let prices: Vec<f64> = (0..count).map(|number| number as f64).collect();
            let insert = "insert into log (name, price) select * from unnest($1::text[], $2::float8[])";
            let done = ::sqlx::query(insert).bind(names).bind(prices).execute(&self.0).await?;
            check(done.rows_affected() as i64 == count)
        })
    }
}
