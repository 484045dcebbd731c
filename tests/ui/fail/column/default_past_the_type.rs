use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(default = 256)]
    karma: u8,
}

fn main() {}
