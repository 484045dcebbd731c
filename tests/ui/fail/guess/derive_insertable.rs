// Diesel: `#[derive(Insertable)]`. Write: `#[derive(Table)]`
use aio_sql::Insertable;

#[derive(Insertable)]
struct Line {
    name: String,
}

fn main() {}
