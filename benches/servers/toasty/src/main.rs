//! toasty, which connects by TCP only, and has no stream.

use std::mem::take;
use std::process::ExitCode;

use bench_harness::{Result, Tree, shapes};
use bench_servers_harness::{Peer, as_item, check, library};
use toasty::{Db, Deferred};

fn main() -> ExitCode {
    bench_servers_harness::main(&[library::<Toasty>()])
}

/// The rows of one statement of `bulk`.
const CHUNK: usize = 1000;

#[derive(toasty::Model, Debug)]
#[table = "item"]
struct Item {
    #[key]
    id: i64,
    name: String,
    price: f64,
    sold: bool,
    #[allow(dead_code)]
    made: jiff::Timestamp,
}

as_item!(Item);

#[derive(toasty::Model, Debug)]
#[table = "log"]
struct Log {
    #[key]
    #[auto]
    id: i64,
    name: String,
    price: f64,
}

#[derive(toasty::Model, Debug)]
#[table = "hot"]
struct Hot {
    #[key]
    id: i64,
    count: i64,
}

#[derive(toasty::Model, Debug)]
#[table = "users"]
struct User {
    #[key]
    id: i64,
    name: String,
    hair_color: Option<String>,
    #[has_many]
    posts: Deferred<Vec<Post>>,
}

#[derive(toasty::Model, Debug)]
#[table = "posts"]
struct Post {
    #[key]
    id: i64,
    #[index]
    user_id: i64,
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
    id: i64,
    #[index]
    post_id: i64,
    #[belongs_to]
    post: Deferred<Post>,
    text: String,
}

shapes!(User, Post, Comment);

#[derive(Clone)]
struct Toasty(Db);

impl Peer for Toasty {
    const NAME: &'static str = "toasty";

    type Item = Item;
    type Trees = Vec<Tree<User, Post, Comment>>;

    async fn open(address: &str, connections: usize) -> Result<Toasty> {
        let builder = Db::builder()
            .models(toasty::models!(Item, Log, Hot, User, Post, Comment))
            .max_pool_size(connections)
            .pool_health_check_interval(None)
            .connect(address)
            .await?;
        Ok(Toasty(builder))
    }

    async fn item(&self, id: i64) -> Result<Item> {
        Ok(Item::get_by_id(&mut self.0.clone(), id).await?)
    }

    async fn items(&self) -> Result<Vec<Item>> {
        Ok(Item::all().exec(&mut self.0.clone()).await?)
    }

    async fn stream(&self) -> Result<(i64, i64)> {
        Err("toasty has no stream".into())
    }

    async fn trees(&self) -> Result<Self::Trees> {
        let query = User::all().include(User::fields().posts().comments());
        let mut trees = Vec::new();
        for mut user in query.exec(&mut self.0.clone()).await? {
            let posts = take(&mut user.posts).into_inner().into_iter().map(|mut post| {
                let comments = take(&mut post.comments).into_inner();
                (post, comments)
            });
            let posts = posts.collect();
            trees.push(Tree { user, posts });
        }
        Ok(trees)
    }

    async fn insert(&self, name: String, price: f64) -> Result {
        Log::create().name(name).price(price).exec(&mut self.0.clone()).await?;
        Ok(())
    }

    async fn increment(&self, id: i64) -> Result {
        toasty::sql::statement("update hot set count = count + 1 where id = $1")
            .bind(id)
            .exec(&mut self.0.clone())
            .await?;
        Ok(())
    }

    async fn set_prices(&self, prices: [(i64, f64); 2]) -> Result {
        let mut db = self.0.clone();
        let mut transaction = db.transaction().await?;
        for (id, price) in prices {
            Item::filter_by_id(id).update().price(price).exec(&mut transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn bulk(&self, rows: Vec<(String, f64)>) -> Result {
        let mut db = self.0.clone();
        let mut transaction = db.transaction().await?;
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let chunk = rows
                .by_ref()
                .take(CHUNK)
                .fold(Log::create_many(), |many, (name, price)| many.item(Log::create().name(name).price(price)));
            chunk.exec(&mut transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn sleep(&self, seconds: f64) -> Result {
        let rows = toasty::sql::query("select pg_sleep($1)::text").bind(seconds).exec(&mut self.0.clone()).await?;
        check(rows.len() == 1)
    }
}
