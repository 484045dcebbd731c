use aio_sql::Table;

#[derive(Table)]
struct Post {
    #[column(primary_key, auto)]
    id: i64,
    #[column(generated = "id", backfill = sql("id"))]
    title: String,
}

fn main() {
    let _ = Post::select().filter(Post::TITLE.eq("Hello"));
}
