use aio_sql::SqlType;

#[derive(SqlType)]
enum Level {
    #[sql_type(integer)]
    Low = 1,
    High = 2,
}

fn main() {}
