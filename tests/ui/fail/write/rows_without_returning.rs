use aio_sql::{Database, Table};

#[derive(Table)]
struct Team {
    #[column(primary_key, auto)]
    id: i64,
    city: Option<String>,
}

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    #[column(unique)]
    email: String,
    team_id: i64,
}

fn new() -> NewUser {
    NewUser { email: "dana@example.org".into(), team_id: 1 }
}

#[tokio::main]
async fn main() -> aio_sql::Result<()> {
    let db = Database::memory().await?;
    let users = User::update().set(User::TEAM_ID, 1).all_rows().all(&db).await?;
    Ok(())
}
