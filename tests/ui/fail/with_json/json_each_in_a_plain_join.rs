use aio_sql::{Record, Table};

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
    let _ = Post::select().cross_join(Post::TAGS.json_each(Tag));
}
