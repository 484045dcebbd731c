//! tokio-postgres, with clients that all tasks share, and statements that are prepared once. The
//! fastest use that it has: each client sends together what its tasks ask at the same time.

use std::pin::pin;
use std::sync::Arc;
use std::time::SystemTime;

use ::tokio_postgres::binary_copy::BinaryCopyInWriter;
use ::tokio_postgres::types::{ToSql, Type};
use ::tokio_postgres::{Client, NoTls, Row, Statement, connect};
use bench_harness::{Comment, Post, Result, Tree, User, assemble};
use bench_servers_harness::{Peer, as_item, check};
use futures_util::TryStreamExt;

pub(crate) struct Item {
    id: i64,
    name: String,
    price: f64,
    sold: bool,
    #[allow(dead_code)]
    made: SystemTime,
}

as_item!(Item);

impl Item {
    fn of(row: &Row) -> Result<Item> {
        Ok(Item {
            id: row.try_get(0)?,
            name: row.try_get(1)?,
            price: row.try_get(2)?,
            sold: row.try_get(3)?,
            made: row.try_get(4)?,
        })
    }
}

/// The texts that all libraries of this kind send.
pub(crate) const POINT: &str = "select id, name, price, sold, made from item where id = $1";
pub(crate) const ALL: &str = "select id, name, price, sold, made from item";
pub(crate) const STREAM: &str = "select id, name from streamed";
pub(crate) const INSERT: &str = "insert into log (name, price) values ($1, $2)";
pub(crate) const INCREMENT: &str = "update hot set count = count + 1 where id = $1";
pub(crate) const SET_PRICE: &str = "update item set price = $2 where id = $1";
pub(crate) const USERS: &str = "select id, name, hair_color from users order by id";
pub(crate) const POSTS: &str = "select id, user_id, title from posts where user_id = any($1) order by id";
pub(crate) const COMMENTS: &str = "select id, post_id, text from comments where post_id = any($1) order by id";
pub(crate) const SLEEP: &str = "select pg_sleep($1)::text";

pub(crate) type Trees = Vec<Tree<User, Post, Comment>>;

/// A client with its prepared statements.
pub(crate) struct Prepared {
    client: Client,
    point: Statement,
    all: Statement,
    stream: Statement,
    insert: Statement,
    increment: Statement,
    set_price: Statement,
    users: Statement,
    posts: Statement,
    comments: Statement,
    sleep: Statement,
}

impl Prepared {
    async fn new(client: Client) -> Result<Prepared> {
        Ok(Prepared {
            point: client.prepare(POINT).await?,
            all: client.prepare(ALL).await?,
            stream: client.prepare(STREAM).await?,
            insert: client.prepare(INSERT).await?,
            increment: client.prepare(INCREMENT).await?,
            set_price: client.prepare(SET_PRICE).await?,
            users: client.prepare(USERS).await?,
            posts: client.prepare(POSTS).await?,
            comments: client.prepare(COMMENTS).await?,
            sleep: client.prepare(SLEEP).await?,
            client,
        })
    }
}

#[derive(Clone)]
pub(crate) struct TokioPostgres {
    all: Arc<Vec<Arc<Prepared>>>,
    own: Arc<Prepared>,
}

pub(crate) async fn item(client: &Client, point: &Statement, id: i64) -> Result<Item> {
    Item::of(&client.query_one(point, &[&id]).await?)
}

pub(crate) async fn items(client: &Client, all: &Statement) -> Result<Vec<Item>> {
    client.query(all, &[]).await?.iter().map(Item::of).collect()
}

pub(crate) async fn stream(client: &Client, stream: &Statement) -> Result<(i64, i64)> {
    let none: [&(dyn ToSql + Sync); 0] = [];
    let mut rows = pin!(client.query_raw(stream, none).await?);
    let (mut count, mut sum) = (0, 0);
    while let Some(row) = rows.try_next().await? {
        let (id, name): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
        count += 1;
        sum += id + name.len() as i64;
    }
    Ok((count, sum))
}

pub(crate) async fn trees(client: &Client, [users, posts, comments]: [&Statement; 3]) -> Result<Trees> {
    let users = client.query(users, &[]).await?;
    let users =
        users.iter().map(|row| Ok(User { id: row.try_get(0)?, name: row.try_get(1)?, hair_color: row.try_get(2)? }));
    let users: Vec<User> = users.collect::<Result<_>>()?;
    let ids: Vec<i64> = users.iter().map(|user| user.id).collect();
    let posts = client.query(posts, &[&ids]).await?;
    let posts =
        posts.iter().map(|row| Ok(Post { id: row.try_get(0)?, user_id: row.try_get(1)?, title: row.try_get(2)? }));
    let posts: Vec<Post> = posts.collect::<Result<_>>()?;
    let ids: Vec<i64> = posts.iter().map(|post| post.id).collect();
    let comments = client.query(comments, &[&ids]).await?;
    let comments =
        comments.iter().map(|row| Ok(Comment { id: row.try_get(0)?, post_id: row.try_get(1)?, text: row.try_get(2)? }));
    Ok(assemble(users, posts, comments.collect::<Result<_>>()?))
}

pub(crate) async fn bulk(client: &Client, rows: Vec<(String, f64)>) -> Result {
    let count = rows.len() as u64;
    let sink = client.copy_in("copy log (name, price) from stdin (format binary)").await?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &[Type::TEXT, Type::FLOAT8]));
    for (name, price) in &rows {
        let row: [&(dyn ToSql + Sync); 2] = [name, price];
        writer.as_mut().write(&row).await?;
    }
    check(writer.finish().await? == count)
}

impl Peer for TokioPostgres {
    const NAME: &'static str = "tokio-postgres";

    type Item = Item;
    type Trees = Trees;

    async fn open(address: &str, connections: usize) -> Result<TokioPostgres> {
        let mut all = Vec::new();
        for _ in 0..connections {
            let (client, connection) = connect(address, NoTls).await?;
            tokio::spawn(connection);
            all.push(Arc::new(Prepared::new(client).await?));
        }
        let own = all.first().ok_or("no connection")?.clone();
        Ok(TokioPostgres { all: Arc::new(all), own })
    }

    fn of_task(&self, task: usize) -> TokioPostgres {
        TokioPostgres { all: Arc::clone(&self.all), own: Arc::clone(&self.all[task % self.all.len()]) }
    }

    async fn item(&self, id: i64) -> Result<Item> {
        item(&self.own.client, &self.own.point, id).await
    }

    async fn items(&self) -> Result<Vec<Item>> {
        items(&self.own.client, &self.own.all).await
    }

    async fn stream(&self) -> Result<(i64, i64)> {
        stream(&self.own.client, &self.own.stream).await
    }

    async fn trees(&self) -> Result<Trees> {
        let Prepared { client, users, posts, comments, .. } = &*self.own;
        trees(client, [users, posts, comments]).await
    }

    async fn insert(&self, name: String, price: f64) -> Result {
        check(self.own.client.execute(&self.own.insert, &[&name, &price]).await? == 1)
    }

    async fn increment(&self, id: i64) -> Result {
        check(self.own.client.execute(&self.own.increment, &[&id]).await? == 1)
    }

    /// The statements are those of `Client::transaction`, which needs a client of its own.
    async fn set_prices(&self, prices: [(i64, f64); 2]) -> Result {
        let (client, set) = (&self.own.client, &self.own.set_price);
        client.batch_execute("START TRANSACTION").await?;
        for (id, price) in prices {
            check(client.execute(set, &[&id, &price]).await? == 1)?;
        }
        Ok(client.batch_execute("COMMIT").await?)
    }

    async fn bulk(&self, rows: Vec<(String, f64)>) -> Result {
        bulk(&self.own.client, rows).await
    }

    async fn sleep(&self, seconds: f64) -> Result {
        let row = self.own.client.query_one(&self.own.sleep, &[&seconds]).await?;
        check(row.try_get::<_, Option<String>>(0)?.is_some())
    }
}
