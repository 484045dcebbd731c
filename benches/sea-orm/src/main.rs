//! sea-orm, which uses sqlx. The pool does not test a connection before it is used.

use std::process::ExitCode;

use bench_harness::{
    Check, Item, Joined, NewUser, Open, Peer, Pool, Result, Tree, Workload,
    data::{COUNT, HAIR_COLOR},
};
use futures_util::TryStreamExt;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectOptions, ConnectionTrait, Database, DatabaseBackend, DatabaseConnection, EntityTrait,
    LoaderTrait, QueryFilter, QueryOrder, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

/// The number of rows of each statement of a bulk load.
const CHUNK: usize = 100;

mod users {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i64,
        pub(crate) name: String,
        pub(crate) hair_color: Option<String>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {
        #[sea_orm(has_many = "super::posts::Entity")]
        Posts,
    }

    impl Related<super::posts::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Posts.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod posts {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "posts")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i64,
        pub(crate) user_id: i64,
        pub(crate) title: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {
        #[sea_orm(belongs_to = "super::users::Entity", from = "Column::UserId", to = "super::users::Column::Id")]
        Users,
        #[sea_orm(has_many = "super::comments::Entity")]
        Comments,
    }

    impl Related<super::users::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Users.def()
        }
    }

    impl Related<super::comments::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Comments.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod comments {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "comments")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i64,
        pub(crate) post_id: i64,
        pub(crate) text: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {
        #[sea_orm(belongs_to = "super::posts::Entity", from = "Column::PostId", to = "super::posts::Column::Id")]
        Posts,
    }

    impl Related<super::posts::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Posts.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod items {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "items")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) name: String,
        pub(crate) price: f64,
        pub(crate) stock: i64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod readings {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "readings")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) sensor: String,
        pub(crate) value: f64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

type User = users::Model;
type Post = posts::Model;
type Comment = comments::Model;

bench_harness::shapes!(User, Post, Comment);

#[derive(Clone)]
struct SeaOrm {
    readers: DatabaseConnection,
    writer: DatabaseConnection,
}

fn main() -> ExitCode {
    bench_harness::main::<SeaOrm>()
}

async fn connect(open: &Open, size: usize) -> Result<DatabaseConnection> {
    let path = open.path().to_str().ok_or("the path is not UTF-8")?;
    let synchronous = if open.workload.full() { SqliteSynchronous::Full } else { SqliteSynchronous::Normal };
    let mut options = ConnectOptions::new(format!("sqlite://{path}?mode=rw"));
    options
        .min_connections(size as u32)
        .max_connections(size as u32)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            options
                .busy_timeout(Open::BUSY_TIMEOUT)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(synchronous)
                .foreign_keys(true)
        });
    Ok(Database::connect(options).await?)
}

fn immediate() -> TransactionOptions {
    TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() }
}

fn active(user: NewUser) -> users::ActiveModel {
    users::ActiveModel { id: NotSet, name: Set(user.name), hair_color: Set(user.hair_color) }
}

impl Peer for SeaOrm {
    const NAME: &'static str = "sea-orm";

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

    async fn open(open: Open) -> Result<SeaOrm> {
        let readers = connect(&open, open.pool.size()).await?;
        let writer = if let Pool::Split(_) = open.pool { connect(&open, 1).await? } else { readers.clone() };
        Ok(SeaOrm { readers, writer })
    }

    async fn version(&self) -> Result<String> {
        let row =
            self.readers.query_one_raw(Statement::from_string(DatabaseBackend::Sqlite, "select sqlite_version()"));
        Ok(row.await?.ok_or("no version")?.try_get_by_index(0)?)
    }

    async fn users(&self) -> Result<Vec<User>> {
        Ok(users::Entity::find().all(&self.readers).await?)
    }

    async fn join(&self) -> Result<Vec<Self::Joined>> {
        let rows =
            users::Entity::find().find_also_related(posts::Entity).filter(users::Column::HairColor.eq(HAIR_COLOR));
        Ok(rows.all(&self.readers).await?)
    }

    async fn trees(&self) -> Result<Self::Trees> {
        let users = users::Entity::find().all(&self.readers).await?;
        let posts = users.load_many(posts::Entity::find().order_by_asc(posts::Column::Id), &self.readers).await?;
        // SeaORM loads the comments of all posts in one call, which needs a flat list of posts.
        let flat: Vec<Post> = posts.iter().flatten().cloned().collect();
        let comments =
            flat.load_many(comments::Entity::find().order_by_asc(comments::Column::Id), &self.readers).await?;
        let mut comments = comments.into_iter();
        let trees = users
            .into_iter()
            .zip(posts)
            .map(|(user, posts)| Tree { user, posts: posts.into_iter().zip(comments.by_ref()).collect() });
        Ok(trees.collect())
    }

    async fn user(&self, id: i64) -> Result<User> {
        Ok(users::Entity::find_by_id(id).one(&self.readers).await?.ok_or("no such user")?)
    }

    async fn insert(&self, user: NewUser) -> Result {
        users::Entity::insert(active(user)).exec_without_returning(&self.writer).await?;
        Ok(())
    }

    async fn insert_batch(&self, users: Vec<NewUser>) -> Result {
        let transaction = self.writer.begin_with_options(immediate()).await?;
        users::Entity::insert_many(users.into_iter().map(active)).exec_without_returning(&transaction).await?;
        Ok(transaction.commit().await?)
    }

    async fn bulk(&self, items: Vec<Item>) -> Result {
        let transaction = self.writer.begin_with_options(immediate()).await?;
        let mut items = items.into_iter().peekable();
        while items.peek().is_some() {
            let chunk = items.by_ref().take(CHUNK).map(|item| items::ActiveModel {
                id: Set(item.id),
                name: Set(item.name),
                price: Set(item.price),
                stock: Set(item.stock),
            });
            items::Entity::insert_many(chunk).exec_without_returning(&transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn stream(&self) -> Result<Check> {
        let mut check = Check::default();
        let mut readings = readings::Entity::find().stream(&self.readers).await?;
        while let Some(reading) = readings.try_next().await? {
            check.add_reading(reading.id, &reading.sensor, reading.value);
        }
        Ok(check)
    }

    async fn count(&self, to: i64) -> Result<i64> {
        let row =
            self.readers.query_one_raw(Statement::from_sql_and_values(DatabaseBackend::Sqlite, COUNT, [to.into()]));
        Ok(row.await?.ok_or("no row")?.try_get_by_index(0)?)
    }

    async fn one(&self) -> Result<i64> {
        let row = self.readers.query_one_raw(Statement::from_string(DatabaseBackend::Sqlite, "select 1"));
        Ok(row.await?.ok_or("no row")?.try_get_by_index(0)?)
    }
}
