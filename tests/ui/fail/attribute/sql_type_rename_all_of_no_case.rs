use aio_sql::SqlType;

#[derive(SqlType)]
#[sql_type(rename_all = "snake")]
enum Level {
    Low,
    #[sql_type(rename = "most")]
    High,
}

fn main() {}
