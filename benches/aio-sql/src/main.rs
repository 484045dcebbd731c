//! aio-sql, through its typed API, as a program would use it.

use std::process::ExitCode;
use std::sync::Arc;

use aio_sql::{Batch, Connection, Database, Durability, Executor, Table, sql};
use bench_harness::{
    Check, Item as NewItem, Joined, NewUser as ToInsert, Open, Peer, Pool, Result, Tree, Workload, assemble,
    data::HAIR_COLOR, shapes,
};

#[derive(Table, Clone, Debug)]
#[table(name = "users")]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    hair_color: Option<String>,
}

#[derive(Table, Clone, Debug)]
#[table(name = "posts")]
struct Post {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = User::ID, index)]
    user_id: i64,
    title: String,
}

#[derive(Table, Clone, Debug)]
#[table(name = "comments")]
struct Comment {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = Post::ID, index)]
    post_id: i64,
    text: String,
}

#[derive(Table, Clone, Debug)]
#[table(name = "items")]
struct Item {
    #[column(primary_key)]
    id: i64,
    name: String,
    price: f64,
    stock: i64,
}

#[derive(Table, Clone, Debug)]
#[table(name = "readings")]
struct Reading {
    #[column(primary_key)]
    id: i64,
    sensor: String,
    value: f64,
}

shapes!(User, Post, Comment);

#[derive(Clone)]
struct AioSql {
    db: Database,
    /// The explicit connection that the workload `cancel` uses; `None` for other workloads.
    connection: Option<Arc<Connection>>,
}

pub fn main() -> ExitCode {
    bench_harness::main::<AioSql>()
}

impl AioSql {
    fn executor(&self) -> &Executor {
        match &self.connection {
            Some(connection) => connection,
            None => &self.db,
        }
    }
}

impl Peer for AioSql {
    const NAME: &'static str = "aio-sql";

    type User = User;
    type Joined = Joined<User, Post>;
    type Trees = Vec<Tree<User, Post, Comment>>;

    /// The library's default on two CPU cores, one writer and two readers; one more reader for the
    /// workloads in which 64 tasks read. The workload `cancel` uses an explicit connection.
    fn pool(workload: Workload) -> Pool {
        match workload {
            Workload::Cancel => Pool::Of(1),
            Workload::Point64 | Workload::Mixed64 => Pool::Split(3),
            _ => Pool::Split(2),
        }
    }

    async fn open(open: Open) -> Result<AioSql> {
        let durability = if open.workload.full() { Durability::Full } else { Durability::Normal };
        let db = Database::builder(open.path())
            .readers(open.pool.size() as u32)
            .durability(durability)
            .busy_timeout(Open::BUSY_TIMEOUT)
            .open()
            .await?;
        let connection = match open.workload {
            Workload::Cancel => Some(Arc::new(db.connect().await?)),
            _ => None,
        };
        Ok(AioSql { db, connection })
    }

    async fn version(&self) -> Result<String> {
        Ok(sql!("select sqlite_version()").scalar(self.executor()).await?)
    }

    async fn users(&self) -> Result<Vec<User>> {
        Ok(User::select().all(&self.db).await?)
    }

    async fn join(&self) -> Result<Vec<Joined<User, Post>>> {
        let rows = User::select().left_join(Post).filter(User::HAIR_COLOR.eq(HAIR_COLOR));
        Ok(rows.all(&self.db).await?)
    }

    async fn trees(&self) -> Result<Self::Trees> {
        let users = || User::select().columns(User::ID);
        let of_users = Post::USER_ID.is_in(users());
        let posts = Post::select().filter(of_users.clone()).order_by(Post::ID);
        let of_posts = Comment::POST_ID.is_in(Post::select().filter(of_users).columns(Post::ID));
        let comments = Comment::select().filter(of_posts).order_by(Comment::ID);
        let all = Batch::new().all(User::select()).all(posts).all(comments);
        let (users, posts, comments) = all.run(&self.db).await?;
        Ok(assemble(users, posts, comments))
    }

    async fn user(&self, id: i64) -> Result<User> {
        Ok(User::find(id).one(&self.db).await?)
    }

    async fn insert(&self, user: ToInsert) -> Result {
        User::insert(NewUser { name: user.name, hair_color: user.hair_color }).execute(&self.db).await?;
        Ok(())
    }

    async fn insert_batch(&self, users: Vec<ToInsert>) -> Result {
        let users = users.into_iter().map(|user| NewUser { name: user.name, hair_color: user.hair_color });
        User::insert_all(users).execute(&self.db).await?;
        Ok(())
    }

    async fn bulk(&self, items: Vec<NewItem>) -> Result {
        let items =
            items.into_iter().map(|item| Item { id: item.id, name: item.name, price: item.price, stock: item.stock });
        Item::insert_all(items).execute(&self.db).await?;
        Ok(())
    }

    async fn stream(&self) -> Result<Check> {
        let mut check = Check::default();
        let mut readings = Reading::select().stream(&self.db);
        while let Some(reading) = readings.next().await {
            let reading = reading?;
            check.add_reading(reading.id, &reading.sensor, reading.value);
        }
        Ok(check)
    }

    async fn count(&self, to: i64) -> Result<i64> {
        let count = sql!(
            "with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < {to})
             select count(*) from numbers"
        );
        Ok(count.scalar(self.executor()).await?)
    }

    async fn one(&self) -> Result<i64> {
        Ok(sql!("select 1").scalar(self.executor()).await?)
    }
}
