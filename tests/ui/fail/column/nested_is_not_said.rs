use aio_sql::{Record, Table};

#[derive(Table)]
struct User {
    name: String,
}

#[derive(Record)]
struct Line {
    title: String,
    author: User,
}

fn main() {}
