//! The names that the derive uses are taken: the new row gets another name, and no methods.

use aio_sql::future::Save;
use aio_sql::{Database, Executor, Insert, Result, Select, Table};

#[derive(Table, Debug)]
#[table(name = "users", new(name = "UserDraft", derive(Clone, Debug, PartialEq)), methods = false)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
}

/// A type with the name that the derive would give to the struct of a new row.
#[allow(dead_code)]
struct NewUser;

impl User {
    async fn find(name: &str, ex: &Executor) -> Result<Option<User>> {
        Select::<User>::new().filter(User::NAME.eq(name)).optional(ex).await
    }

    async fn save(mut self, ex: &Executor) -> Result<User> {
        Save::new(&mut self, ex).await?;
        Ok(self)
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let db = Database::memory().await?;
    db.create(User).await?;
    let draft = UserDraft { name: "Dana".into() };
    assert_eq!(draft.clone(), draft);
    Insert::<User>::one_row(draft).execute(&db).await?;
    let mut user = User::find("Dana", &db).await?.expect("she was inserted");
    user.name = "Dan".into();
    assert_eq!(user.save(&db).await?.id, 1);
    assert!(User::find("Dana", &db).await?.is_none());
    db.close().await
}
