use aio_sql::SqlType;

#[derive(SqlType)]
enum Colour {
    Red,
    #[sql_type(name = "red")]
    Crimson,
}

fn main() {}
