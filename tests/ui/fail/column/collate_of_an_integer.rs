use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(collate = nocase)]
    karma: i64,
}

fn main() {}
