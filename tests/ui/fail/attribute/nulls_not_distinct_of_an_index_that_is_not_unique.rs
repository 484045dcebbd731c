// NULLS NOT DISTINCT is about what is unique.
use aio_sql::Table;

#[derive(Table)]
#[table(index(name, nulls_not_distinct))]
struct Town {
    #[column(primary_key)]
    id: i64,
    name: Option<String>,
}

fn main() {}
