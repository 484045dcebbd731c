use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(collate = no_case)]
    name: String,
}

fn main() {}
