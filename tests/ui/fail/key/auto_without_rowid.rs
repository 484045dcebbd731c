use aio_sql::Table;

#[derive(Table)]
#[table(without_rowid)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
}

fn main() {}
