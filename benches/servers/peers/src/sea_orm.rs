//! SeaORM, which uses sqlx. The pool does not test a connection before it is used.

use ::sea_orm::ActiveValue::{NotSet, Set};
use ::sea_orm::entity::prelude::*;
use ::sea_orm::{
    ConnectOptions, Database, DatabaseBackend, DatabaseConnection, ExprTrait, LoaderTrait, QueryOrder, Statement,
    TransactionTrait,
};
use bench_harness::{Result, Tree, shapes};
use bench_servers_harness::{Peer, as_item, check};
use futures_util::TryStreamExt;

/// The rows of one statement of `bulk`.
const CHUNK: usize = 1000;

macro_rules! no_relations {
    () => {
        #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
        pub(crate) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    };
}

mod item {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "item")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) name: String,
        pub(crate) price: f64,
        pub(crate) sold: bool,
        pub(crate) made: TimeDateTimeWithTimeZone,
    }

    no_relations!();
}

mod log {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "log")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i64,
        pub(crate) name: String,
        pub(crate) price: f64,
    }

    no_relations!();
}

mod streamed {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "streamed")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) name: String,
    }

    no_relations!();
}

mod hot {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "hot")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) count: i64,
    }

    no_relations!();
}

mod users {
    use super::*;

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
    use super::*;

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
    use super::*;

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

type Item = item::Model;
type User = users::Model;
type Post = posts::Model;
type Comment = comments::Model;

as_item!(Item);
shapes!(User, Post, Comment);

#[derive(Clone)]
pub(crate) struct SeaOrm(DatabaseConnection);

fn log_row((name, price): (String, f64)) -> log::ActiveModel {
    log::ActiveModel { id: NotSet, name: Set(name), price: Set(price) }
}

impl Peer for SeaOrm {
    const NAME: &'static str = "sea-orm";

    type Item = Item;
    type Trees = Vec<Tree<User, Post, Comment>>;

    async fn open(address: &str, connections: usize) -> Result<SeaOrm> {
        let mut options = ConnectOptions::new(address);
        options.min_connections(connections as u32).max_connections(connections as u32);
        options.test_before_acquire(false).sqlx_logging(false);
        Ok(SeaOrm(Database::connect(options).await?))
    }

    async fn item(&self, id: i64) -> Result<Item> {
        Ok(item::Entity::find_by_id(id).one(&self.0).await?.ok_or("no such item")?)
    }

    async fn items(&self) -> Result<Vec<Item>> {
        Ok(item::Entity::find().all(&self.0).await?)
    }

    async fn stream(&self) -> Result<(i64, i64)> {
        let mut rows = streamed::Entity::find().stream(&self.0).await?;
        let (mut count, mut sum) = (0, 0);
        while let Some(row) = rows.try_next().await? {
            count += 1;
            sum += row.id + row.name.len() as i64;
        }
        Ok((count, sum))
    }

    async fn trees(&self) -> Result<Self::Trees> {
        let users = users::Entity::find().all(&self.0).await?;
        let posts = users.load_many(posts::Entity::find().order_by_asc(posts::Column::Id), &self.0).await?;
        // SeaORM loads the comments of all posts in one call, which needs a flat list of posts.
        let flat: Vec<Post> = posts.iter().flatten().cloned().collect();
        let comments = flat.load_many(comments::Entity::find().order_by_asc(comments::Column::Id), &self.0).await?;
        let mut comments = comments.into_iter();
        let trees = users
            .into_iter()
            .zip(posts)
            .map(|(user, posts)| Tree { user, posts: posts.into_iter().zip(comments.by_ref()).collect() });
        Ok(trees.collect())
    }

    async fn insert(&self, name: String, price: f64) -> Result {
        check(log::Entity::insert(log_row((name, price))).exec_without_returning(&self.0).await? == 1)
    }

    async fn increment(&self, id: i64) -> Result {
        let update = hot::Entity::update_many()
            .col_expr(hot::Column::Count, Expr::col(hot::Column::Count).add(1))
            .filter(hot::Column::Id.eq(id));
        check(update.exec(&self.0).await?.rows_affected == 1)
    }

    async fn set_prices(&self, prices: [(i64, f64); 2]) -> Result {
        let transaction = self.0.begin().await?;
        for (id, price) in prices {
            let update = item::Entity::update_many()
                .col_expr(item::Column::Price, Expr::value(price))
                .filter(item::Column::Id.eq(id));
            check(update.exec(&transaction).await?.rows_affected == 1)?;
        }
        Ok(transaction.commit().await?)
    }

    async fn bulk(&self, rows: Vec<(String, f64)>) -> Result {
        let transaction = self.0.begin().await?;
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let chunk = rows.by_ref().take(CHUNK).map(log_row);
            log::Entity::insert_many(chunk).exec_without_returning(&transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn sleep(&self, seconds: f64) -> Result {
        let query =
            Statement::from_sql_and_values(DatabaseBackend::Postgres, "select pg_sleep($1)::text", [seconds.into()]);
        let row = self.0.query_one_raw(query).await?.ok_or("no row")?;
        check(row.try_get_by_index::<Option<String>>(0)?.is_some())
    }
}
