use aio_sql::SqlType;

#[derive(SqlType)]
#[sql_type(interger)]
enum Level {
    Low = 1,
    High = 2,
}

fn main() {}
