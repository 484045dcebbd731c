// A text has no elements.
use aio_sql::Table;

#[derive(Table)]
struct Post {
    #[column(primary_key)]
    id: i64,
    tags: String,
}

fn main() {
    let _ = Post::select().filter(Post::TAGS.has("red"));
}
