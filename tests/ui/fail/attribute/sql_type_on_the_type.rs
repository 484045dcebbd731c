use aio_sql::SqlType;

#[derive(SqlType)]
#[sql_type(name = "level")]
enum Level {
    Low,
    High,
}

fn main() {}
