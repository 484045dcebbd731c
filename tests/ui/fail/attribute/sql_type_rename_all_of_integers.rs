use aio_sql::SqlType;

#[derive(SqlType)]
#[sql_type(integer, rename_all = "snake_case")]
enum Level {
    Low = 1,
    High = 2,
}

#[derive(SqlType)]
#[sql_type(rename_all = "snake_case")]
struct Id(i64);

fn main() {}
