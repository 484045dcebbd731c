use aio_sql::SqlType;

#[derive(SqlType)]
#[sql_type(integer, integer)]
enum Level {
    Low = 1,
    High = 2,
}

fn main() {}
