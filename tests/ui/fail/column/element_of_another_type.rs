// The elements of the array are texts.
use aio_sql::Table;

#[derive(Table)]
struct Post {
    #[column(primary_key)]
    id: i64,
    #[column(array)]
    tags: Vec<String>,
}

fn main() {
    let _ = Post::select().filter(Post::TAGS.has(5));
}
