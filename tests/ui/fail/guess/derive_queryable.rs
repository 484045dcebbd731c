// Diesel: `#[derive(Queryable)]`. Write: `#[derive(Record)]`
use aio_sql::Queryable;

#[derive(Queryable)]
struct Line {
    name: String,
}

fn main() {}
