// The word belongs to the constraint, which is written on the struct.
use aio_sql::Table;

#[derive(Table)]
struct Town {
    #[column(primary_key)]
    id: i64,
    #[column(unique, nulls_not_distinct)]
    name: Option<String>,
}

fn main() {}
