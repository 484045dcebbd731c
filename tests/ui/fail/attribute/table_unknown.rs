use aio_sql::Table;

#[derive(Table)]
#[table(engine = "InnoDB")]
struct User {
    id: i64,
}

fn main() {}
