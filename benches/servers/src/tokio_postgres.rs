use std::pin::pin;
use std::sync::Arc;

use ::tokio_postgres::binary_copy::BinaryCopyInWriter;
use ::tokio_postgres::types::{ToSql, Type};
use ::tokio_postgres::{Client, NoTls, Statement, connect};
use futures_util::TryStreamExt;
use futures_util::future::try_join_all;

use crate::peer::{Peer, ROWS, Result, Run, STREAMED, check, name};

pub(crate) struct Item {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) price: f64,
    pub(crate) sold: bool,
    pub(crate) made: std::time::SystemTime,
}

pub(crate) const POINT: &str = "select id, name, price, sold, made from item where id = $1";
pub(crate) const ALL: &str = "select id, name, price, sold, made from item";
pub(crate) const INSERT: &str = "insert into log (name, price) values ($1, $2)";
pub(crate) const UPDATE: &str = "update item set price = $1 where id = $2";

impl Item {
    pub(crate) fn of(row: &::tokio_postgres::Row) -> Result<Item> {
        Ok(Item { id: row.try_get(0)?, name: row.try_get(1)?, price: row.try_get(2)?, sold: row.try_get(3)?, made: row.try_get(4)? })
    }
}

pub(crate) struct One {
    client: Client,
    point: Statement,
    insert: Statement,
}

/// Clients that all tasks share: each pipelines what is sent to it.
pub(crate) struct TokioPostgres(Vec<Arc<One>>);

impl TokioPostgres {
    pub(crate) async fn open(address: &str, connections: usize) -> Result<TokioPostgres> {
        let mut clients = Vec::new();
        for _ in 0..connections {
            let (client, connection) = connect(address, NoTls).await?;
            tokio::spawn(connection);
            let (point, insert) = (client.prepare(POINT).await?, client.prepare(INSERT).await?);
            clients.push(Arc::new(One { client, point, insert }));
        }
        Ok(TokioPostgres(clients))
    }
}

pub(crate) async fn bulk(client: &Client, count: i64) -> Result {
    let sink = client.copy_in("copy log (name, price) from stdin (format binary)").await?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &[Type::TEXT, Type::FLOAT8]));
    for number in 0..count {
        let (name, price) = (name(number), number as f64);
        let row: [&(dyn ToSql + Sync); 2] = [&name, &price];
        writer.as_mut().write(&row).await?;
    }
    check(writer.finish().await? as i64 == count)
}

pub(crate) async fn stream(client: &Client) -> Result {
    let none: [&(dyn ToSql + Sync); 0] = [];
    let mut rows = pin!(client.query_raw("select id, name from streamed", none).await?);
    let mut count = 0;
    while let Some(row) = rows.try_next().await? {
        let (id, name): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
        count += i64::from(id > 0 && !name.is_empty());
    }
    check(count == STREAMED)
}

impl Peer for TokioPostgres {
    fn name(&self) -> &'static str {
        "tokio-postgres"
    }

    fn points(&self, count: i64) -> Run<'_> {
        Box::pin(async move {
            for number in 0..count {
                let id = number % ROWS + 1;
                let item = Item::of(&self.0[0].client.query_one(&self.0[0].point, &[&id]).await?)?;
                check(item.id == id && !item.name.is_empty())?;
            }
            Ok(())
        })
    }

    fn points_by_tasks(&self, tasks: i64, count: i64) -> Run<'_> {
        Box::pin(async move {
            let task = |task: i64| {
                let one = Arc::clone(&self.0[task as usize % self.0.len()]);
                tokio::spawn(async move {
                    for number in 0..count {
                        let id = (task * 1_000 + number) % ROWS + 1;
                        check(Item::of(&one.client.query_one(&one.point, &[&id]).await?)?.id == id)?;
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
                let rows = self.0[0].client.query(ALL, &[]).await?;
                let items: Vec<Item> = rows.iter().map(Item::of).collect::<Result<_>>()?;
                check(items.len() as i64 == ROWS && items.iter().all(|item| item.price > 0.0 && (item.sold || item.id % 2 == 1)))?;
                check(items[0].made > std::time::UNIX_EPOCH)?;
            }
            Ok(())
        })
    }

    fn stream(&self) -> Run<'_> {
        Box::pin(stream(&self.0[0].client))
    }

    fn inserts(&self, count: i64) -> Run<'_> {
        Box::pin(async move {
            for number in 0..count {
                check(self.0[0].client.execute(&self.0[0].insert, &[&name(number), &1.5_f64]).await? == 1)?;
            }
            Ok(())
        })
    }

    fn inserts_by_tasks(&self, tasks: i64, count: i64) -> Run<'_> {
        Box::pin(async move {
            let task = |task: i64| {
                let one = Arc::clone(&self.0[task as usize % self.0.len()]);
                tokio::spawn(async move {
                    for number in 0..count {
                        check(one.client.execute(&one.insert, &[&name(task * count + number), &1.5_f64]).await? == 1)?;
                    }
                    Result::Ok(())
                })
            };
            try_join_all((0..tasks).map(task)).await?.into_iter().collect()
        })
    }

    fn transactions(&self, count: i64) -> Run<'_> {
        Box::pin(async move {
            // A transaction needs the client alone; the statements are those of
            // `Client::transaction`.
            let client = &self.0[0].client;
            let update = client.prepare(UPDATE).await?;
            for number in 0..count {
                let (one, other) = (number % ROWS + 1, (number + 1) % ROWS + 1);
                client.batch_execute("BEGIN").await?;
                client.execute(&update, &[&2.5_f64, &one]).await?;
                client.execute(&update, &[&3.5_f64, &other]).await?;
                client.batch_execute("COMMIT").await?;
            }
            Ok(())
        })
    }

    fn bulk(&self, count: i64) -> Run<'_> {
        Box::pin(bulk(&self.0[0].client, count))
    }
}
