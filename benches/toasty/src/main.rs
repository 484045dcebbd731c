//! toasty, which runs rusqlite in a task for each connection. Such a task blocks a thread of the
//! runtime.
//!
//! The library has no join. Users with their posts are read by an `include`, which runs two
//! statements, and the result is converted to rows.

use std::mem::take;
use std::process::ExitCode;

use bench_harness::{
    Check, Item as NewItem, Joined, NewUser as ToInsert, Open, Peer, Pool, Result, Tree, Workload,
    data::{COUNT, HAIR_COLOR},
};
use toasty::stmt::Value;
use toasty::{Db, Deferred};

/// The number of rows of each statement of a bulk load.
const CHUNK: usize = 100;

// Keys are `u64`, because `include` panics with `i64`.
#[derive(toasty::Model, Debug)]
#[table = "users"]
struct User {
    #[key]
    #[auto]
    id: u64,
    name: String,
    #[index]
    hair_color: Option<String>,
    #[has_many]
    posts: Deferred<Vec<Post>>,
}

#[derive(toasty::Model, Debug)]
#[table = "posts"]
struct Post {
    #[key]
    #[auto]
    id: u64,
    #[index]
    user_id: u64,
    #[belongs_to]
    user: Deferred<User>,
    title: String,
    #[has_many]
    comments: Deferred<Vec<Comment>>,
}

#[derive(toasty::Model, Debug)]
#[table = "comments"]
struct Comment {
    #[key]
    #[auto]
    id: u64,
    #[index]
    post_id: u64,
    #[belongs_to]
    post: Deferred<Post>,
    text: String,
}

#[derive(toasty::Model, Debug)]
#[table = "items"]
struct Item {
    #[key]
    id: i64,
    name: String,
    price: f64,
    stock: i64,
}

#[derive(toasty::Model, Debug)]
#[table = "readings"]
struct Reading {
    #[key]
    id: i64,
    sensor: String,
    value: f64,
}

bench_harness::shapes!(User, Post, Comment);

#[derive(Clone)]
struct Toasty {
    readers: Db,
    writer: Db,
}

fn main() -> ExitCode {
    bench_harness::main::<Toasty>()
}

async fn connect(open: &Open, size: usize) -> Result<Db> {
    let path = open.path().to_str().ok_or("the path is not UTF-8")?;
    let db = Db::builder()
        .models(toasty::models!(User, Post, Comment, Item, Reading))
        .max_pool_size(size)
        .pool_health_check_interval(None)
        .connect(&format!("sqlite:{path}"))
        .await?;
    // There is no hook for a new connection: all connections are taken from the pool at once, and
    // each runs the pragmas.
    let mut connections = Vec::new();
    for _ in 0..size {
        let mut connection = db.connection().await?;
        for pragma in open.pragmas().split_terminator(';') {
            toasty::sql::query(pragma).exec(&mut connection).await?;
        }
        connections.push(connection);
    }
    Ok(db)
}

/// Returns the first value of the first row of a result.
fn scalar(rows: Vec<Value>) -> Result<Value> {
    match rows.into_iter().next() {
        Some(Value::Record(mut row)) => Ok(row[0].take()),
        _ => Err("no row".into()),
    }
}

fn number(rows: Vec<Value>) -> Result<i64> {
    match scalar(rows)? {
        Value::I64(number) => Ok(number),
        other => Err(format!("not a number: {other:?}").into()),
    }
}

impl Peer for Toasty {
    const NAME: &'static str = "toasty";

    type User = User;
    type Joined = Joined<bench_harness::User, bench_harness::Post>;
    type Trees = Vec<Tree<User, Post, Comment>>;

    fn pool(workload: Workload) -> Pool {
        match workload {
            Workload::Point64 => Pool::Of(2),
            Workload::Mixed64 => Pool::Split(10),
            _ => Pool::Of(1),
        }
    }

    async fn open(open: Open) -> Result<Toasty> {
        let readers = connect(&open, open.pool.size()).await?;
        let writer = if let Pool::Split(_) = open.pool { connect(&open, 1).await? } else { readers.clone() };
        Ok(Toasty { readers, writer })
    }

    async fn version(&self) -> Result<String> {
        match scalar(toasty::sql::query("select sqlite_version()").exec(&mut self.readers.clone()).await?)? {
            Value::String(version) => Ok(version),
            other => Err(format!("not a version: {other:?}").into()),
        }
    }

    async fn users(&self) -> Result<Vec<User>> {
        Ok(User::all().exec(&mut self.readers.clone()).await?)
    }

    async fn join(&self) -> Result<Vec<Self::Joined>> {
        let query = User::filter(User::fields().hair_color().eq(HAIR_COLOR)).include(User::fields().posts());
        let mut rows = Vec::new();
        for mut user in query.exec(&mut self.readers.clone()).await? {
            let posts = take(&mut user.posts).into_inner();
            let user = bench_harness::User { id: user.id as i64, name: user.name, hair_color: user.hair_color };
            if posts.is_empty() {
                rows.push((user, None));
                continue;
            }
            for post in posts {
                let post = bench_harness::Post { id: post.id as i64, user_id: post.user_id as i64, title: post.title };
                rows.push((user.clone(), Some(post)));
            }
        }
        Ok(rows)
    }

    async fn trees(&self) -> Result<Self::Trees> {
        let query = User::all().include(User::fields().posts().comments());
        let mut trees = Vec::new();
        for mut user in query.exec(&mut self.readers.clone()).await? {
            let posts = take(&mut user.posts).into_inner().into_iter().map(|mut post| {
                let comments = take(&mut post.comments).into_inner();
                (post, comments)
            });
            let posts = posts.collect();
            trees.push(Tree { user, posts });
        }
        Ok(trees)
    }

    async fn user(&self, id: i64) -> Result<User> {
        Ok(User::get_by_id(&mut self.readers.clone(), id as u64).await?)
    }

    async fn insert(&self, user: ToInsert) -> Result {
        User::create().name(user.name).hair_color(user.hair_color).exec(&mut self.writer.clone()).await?;
        Ok(())
    }

    async fn insert_batch(&self, users: Vec<ToInsert>) -> Result {
        let mut db = self.writer.clone();
        let users = users.into_iter().fold(User::create_many(), |many, user| {
            many.item(User::create().name(user.name).hair_color(user.hair_color))
        });
        let mut transaction = db.transaction().await?;
        users.exec(&mut transaction).await?;
        Ok(transaction.commit().await?)
    }

    async fn bulk(&self, items: Vec<NewItem>) -> Result {
        let mut db = self.writer.clone();
        let mut transaction = db.transaction().await?;
        let mut items = items.into_iter().peekable();
        while items.peek().is_some() {
            let chunk = items.by_ref().take(CHUNK).fold(Item::create_many(), |many, item| {
                many.item(Item::create().id(item.id).name(item.name).price(item.price).stock(item.stock))
            });
            chunk.exec(&mut transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// The library has no stream: the whole result is read into memory before its first row is
    /// used.
    async fn stream(&self) -> Result<Check> {
        let mut check = Check::default();
        for reading in Reading::all().exec(&mut self.readers.clone()).await? {
            check.add_reading(reading.id, &reading.sensor, reading.value);
        }
        Ok(check)
    }

    async fn count(&self, to: i64) -> Result<i64> {
        number(toasty::sql::query(COUNT).bind(to).exec(&mut self.readers.clone()).await?)
    }

    async fn one(&self) -> Result<i64> {
        number(toasty::sql::query("select 1").exec(&mut self.readers.clone()).await?)
    }
}
