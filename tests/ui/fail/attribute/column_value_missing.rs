use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(default)]
    karma: i64,
}

fn main() {}
