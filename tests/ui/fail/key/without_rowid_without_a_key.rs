use aio_sql::Table;

#[derive(Table)]
#[table(without_rowid)]
struct User {
    name: String,
}

fn main() {}
