use aio_sql::{Record, Table};

#[derive(Table)]
struct User {
    #[column(primary_key)]
    id: i64,
}

#[derive(Table)]
struct Post {
    #[column(primary_key)]
    id: i64,
    #[column(json)]
    tags: Vec<String>,
}

#[derive(Record)]
struct Tag {
    value: String,
}

fn main() {
    let _ = User::select().join_lateral(Post::TAGS.json_each(Tag));
}
