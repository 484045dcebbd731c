use aio_sql::{Executor, Record, Result, Table};

#[derive(Table)]
struct User {
    #[column(primary_key)]
    id: i64,
    name: String,
}

#[derive(Table)]
struct Post {
    title: String,
    #[column(references = User::ID)]
    user_id: Option<i64>,
}

#[derive(Record)]
struct Line {
    title: String,
    #[record(nested)]
    author: User,
}

async fn lines(db: &Executor) -> Result<Vec<Line>> {
    Post::select().left_join(User).columns((Post::TITLE, User)).record().all(db).await
}

fn main() {}
