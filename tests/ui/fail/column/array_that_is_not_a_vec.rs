// An array is a `Vec` of values that a column can hold by themselves.
use aio_sql::Table;

#[derive(Table)]
struct Post {
    #[column(primary_key)]
    id: i64,
    #[column(array)]
    tags: String,
}

fn main() {}
