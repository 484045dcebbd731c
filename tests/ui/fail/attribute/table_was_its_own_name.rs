use aio_sql::Table;

#[derive(Table)]
#[table(was = "post")]
struct Post {
    #[column(primary_key, auto)]
    id: i64,
    title: String,
}

fn main() {
    let _ = Post::select().filter(Post::TITLE.eq("Hello"));
}
