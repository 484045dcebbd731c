use aio_sql::Table;

#[derive(Table)]
struct Post {
    #[column(primary_key, auto, declared_type = "BIGINT")]
    id: i64,
    title: String,
}

fn main() {
    let _ = Post::select().filter(Post::TITLE.eq("Hello"));
}
