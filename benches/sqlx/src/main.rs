//! sqlx: a thread for each connection. The pool does not test a connection before it is used.

use std::process::ExitCode;

use bench_harness::{
    Check, Item, Joined, NewUser, Open, Peer, Pool, Result, Tree, Workload, assemble,
    data::{COUNT, HAIR_COLOR},
    shapes,
};
use futures_util::TryStreamExt;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{FromRow, QueryBuilder, Row, Sqlite};

/// The number of rows of each statement of a bulk load. With fewer rows or with many more rows,
/// the load is slower.
const CHUNK: usize = 100;

#[derive(FromRow, Clone, Debug)]
struct User {
    id: i64,
    name: String,
    hair_color: Option<String>,
}

#[derive(FromRow, Clone, Debug)]
struct Post {
    id: i64,
    user_id: i64,
    title: String,
}

#[derive(FromRow, Clone, Debug)]
struct Comment {
    id: i64,
    post_id: i64,
    text: String,
}

#[derive(FromRow, Clone, Debug)]
struct Reading {
    id: i64,
    sensor: String,
    value: f64,
}

shapes!(User, Post, Comment);

#[derive(Clone)]
struct Sqlx {
    readers: SqlitePool,
    writer: SqlitePool,
}

fn main() -> ExitCode {
    bench_harness::main::<Sqlx>()
}

async fn connect(open: &Open, size: usize) -> Result<SqlitePool> {
    let synchronous = if open.workload.full() { SqliteSynchronous::Full } else { SqliteSynchronous::Normal };
    let options = SqliteConnectOptions::new()
        .filename(open.path())
        .busy_timeout(Open::BUSY_TIMEOUT)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .foreign_keys(true);
    let pool = SqlitePoolOptions::new()
        .min_connections(size as u32)
        .max_connections(size as u32)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None);
    Ok(pool.connect_with(options).await?)
}

/// Returns a query that ends with `… in (?, ?, …) order by id`. The text depends only on the
/// number of the keys, so that its statement is cached.
fn within(select: &'static str, keys: impl Iterator<Item = i64>) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(select);
    let mut list = query.separated(", ");
    for key in keys {
        list.push_bind(key);
    }
    query.push(") order by id");
    query
}

impl Peer for Sqlx {
    const NAME: &'static str = "sqlx";

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

    async fn open(open: Open) -> Result<Sqlx> {
        let readers = connect(&open, open.pool.size()).await?;
        let writer = if let Pool::Split(_) = open.pool { connect(&open, 1).await? } else { readers.clone() };
        Ok(Sqlx { readers, writer })
    }

    async fn version(&self) -> Result<String> {
        Ok(sqlx::query_scalar("select sqlite_version()").fetch_one(&self.readers).await?)
    }

    async fn users(&self) -> Result<Vec<User>> {
        Ok(sqlx::query_as("select id, name, hair_color from users").fetch_all(&self.readers).await?)
    }

    async fn join(&self) -> Result<Vec<Self::Joined>> {
        // Columns are read by their numbers, because looking up their names takes longer.
        let rows = sqlx::query(
            "select u.id, u.name, u.hair_color, p.id, p.user_id, p.title from users u \
             left join posts p on p.user_id = u.id where u.hair_color = ?",
        )
        .bind(HAIR_COLOR)
        .try_map(|row: SqliteRow| {
            let user = User { id: row.try_get(0)?, name: row.try_get(1)?, hair_color: row.try_get(2)? };
            let post = match row.try_get(3)? {
                Some(id) => Some(Post { id, user_id: row.try_get(4)?, title: row.try_get(5)? }),
                None => None,
            };
            Ok((user, post))
        });
        Ok(rows.fetch_all(&self.readers).await?)
    }

    async fn trees(&self) -> Result<Self::Trees> {
        let users = self.users().await?;
        let keys = users.iter().map(|user| user.id);
        let mut query = within("select id, user_id, title from posts where user_id in (", keys);
        let posts: Vec<Post> = query.build_query_as().fetch_all(&self.readers).await?;
        let keys = posts.iter().map(|post| post.id);
        let mut query = within("select id, post_id, text from comments where post_id in (", keys);
        let comments: Vec<Comment> = query.build_query_as().fetch_all(&self.readers).await?;
        Ok(assemble(users, posts, comments))
    }

    async fn user(&self, id: i64) -> Result<User> {
        let query = sqlx::query_as("select id, name, hair_color from users where id = ?").bind(id);
        Ok(query.fetch_one(&self.readers).await?)
    }

    async fn insert(&self, user: NewUser) -> Result {
        let query = sqlx::query("insert into users (name, hair_color) values (?, ?)");
        query.bind(user.name).bind(user.hair_color).execute(&self.writer).await?;
        Ok(())
    }

    async fn insert_batch(&self, users: Vec<NewUser>) -> Result {
        let mut transaction = self.writer.begin_with("begin immediate").await?;
        let mut query = QueryBuilder::<Sqlite>::new("insert into users (name, hair_color) ");
        query.push_values(users, |mut row, user| {
            row.push_bind(user.name).push_bind(user.hair_color);
        });
        query.build().execute(&mut *transaction).await?;
        Ok(transaction.commit().await?)
    }

    async fn bulk(&self, items: Vec<Item>) -> Result {
        let mut transaction = self.writer.begin_with("begin immediate").await?;
        let mut items = items.into_iter().peekable();
        while items.peek().is_some() {
            let mut query = QueryBuilder::<Sqlite>::new("insert into items (id, name, price, stock) ");
            query.push_values(items.by_ref().take(CHUNK), |mut row, item| {
                row.push_bind(item.id).push_bind(item.name).push_bind(item.price).push_bind(item.stock);
            });
            query.build().execute(&mut *transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn stream(&self) -> Result<Check> {
        let mut check = Check::default();
        let mut readings = sqlx::query_as::<_, Reading>("select id, sensor, value from readings").fetch(&self.readers);
        while let Some(reading) = readings.try_next().await? {
            check.add_reading(reading.id, &reading.sensor, reading.value);
        }
        Ok(check)
    }

    async fn count(&self, to: i64) -> Result<i64> {
        Ok(sqlx::query_scalar(COUNT).bind(to).fetch_one(&self.readers).await?)
    }

    async fn one(&self) -> Result<i64> {
        Ok(sqlx::query_scalar("select 1").fetch_one(&self.readers).await?)
    }
}
