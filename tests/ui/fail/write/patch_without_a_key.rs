use aio_sql::Table;

#[derive(Table)]
#[table(patch)]
struct User {
    name: String,
}

fn main() {}
