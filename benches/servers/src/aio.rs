use aio_sql::{Database, Record, Table};
use futures_util::future::try_join_all;

use crate::peer::{Peer, ROWS, Result, Run, STREAMED, check, name};

#[derive(Table)]
struct Item {
    #[column(primary_key)]
    id: i64,
    name: String,
    price: f64,
    sold: bool,
    made: std::time::SystemTime,
}

#[derive(Table)]
struct Log {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    price: f64,
}

#[derive(Record)]
struct Streamed {
    id: i64,
    name: String,
}

pub(crate) struct Aio(Database);

impl Aio {
    pub(crate) async fn open(address: &str, connections: usize) -> Result<Aio> {
        let db = Database::builder(address).connections(2 * connections as u32).open().await?;
        Ok(Aio(db))
    }
}

impl Peer for Aio {
    fn name(&self) -> &'static str {
        "aio-sql"
    }

    fn points(&self, count: i64) -> Run<'_> {
        Box::pin(async move {
            for number in 0..count {
                let id = number % ROWS + 1;
                let item = Item::find(id).one(&self.0).await?;
                check(item.id == id && !item.name.is_empty())?;
            }
            Ok(())
        })
    }

    fn points_by_tasks(&self, tasks: i64, count: i64) -> Run<'_> {
        Box::pin(async move {
            let task = |task: i64| {
                let db = self.0.clone();
                tokio::spawn(async move {
                    for number in 0..count {
                        let id = (task * 1_000 + number) % ROWS + 1;
                        check(Item::find(id).one(&db).await?.id == id)?;
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
                let items = Item::select().all(&self.0).await?;
                check(items.len() as i64 == ROWS && items.iter().all(|item| item.price > 0.0 && (item.sold || item.id % 2 == 1)))?;
                check(items[0].made > std::time::UNIX_EPOCH)?;
            }
            Ok(())
        })
    }

    fn stream(&self) -> Run<'_> {
        Box::pin(async move {
            let mut rows = aio_sql::query("select id, name from streamed").stream::<Streamed>(&self.0);
            let mut count = 0;
            while let Some(row) = rows.next().await {
                let row = row?;
                count += i64::from(row.id > 0 && !row.name.is_empty());
            }
            check(count == STREAMED)
        })
    }

    fn inserts(&self, count: i64) -> Run<'_> {
        Box::pin(async move {
            for number in 0..count {
                let log = NewLog { name: name(number), price: 1.5 };
                check(Log::insert(log).execute(&self.0).await?.rows_affected == 1)?;
            }
            Ok(())
        })
    }

    fn inserts_by_tasks(&self, tasks: i64, count: i64) -> Run<'_> {
        Box::pin(async move {
            let task = |task: i64| {
                let db = self.0.clone();
                tokio::spawn(async move {
                    for number in 0..count {
                        let log = NewLog { name: name(task * count + number), price: 1.5 };
                        check(Log::insert(log).execute(&db).await?.rows_affected == 1)?;
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
                let tx = self.0.begin().await?;
                Item::update().set(Item::PRICE, 2.5).filter(Item::ID.eq(one)).execute(&tx).await?;
                Item::update().set(Item::PRICE, 3.5).filter(Item::ID.eq(other)).execute(&tx).await?;
                tx.commit().await?;
            }
            Ok(())
        })
    }

    fn bulk(&self, count: i64) -> Run<'_> {
        Box::pin(async move {
            let rows = (0..count).map(|number| NewLog { name: name(number), price: number as f64 });
            check(Log::insert_all(rows).execute(&self.0).await?.rows_affected as i64 == count)
        })
    }
}
