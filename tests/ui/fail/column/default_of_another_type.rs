use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(default = "zero")]
    karma: i64,
}

fn main() {}
