// sqlx: `#[derive(FromRow)]`. Write: `#[derive(Record)]`
use aio_sql::FromRow;

#[derive(FromRow)]
struct Line {
    name: String,
}

fn main() {}
