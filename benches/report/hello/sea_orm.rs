use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::NotSet, ActiveValue::Set, Database, Schema};

mod users {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[tokio::main]
async fn main() -> Result<(), DbErr> {
    let db = Database::connect("sqlite::memory:").await?;
    db.execute(&Schema::new(db.get_database_backend()).create_table_from_entity(users::Entity)).await?;
    users::ActiveModel { id: NotSet, name: Set("Dan Rydell".into()) }.insert(&db).await?;
    if let Some(user) = users::Entity::find_by_id(1).one(&db).await? {
        println!("Hello, {}", user.name);
    }
    Ok(())
}
