use aio_sql::Table;

#[derive(Table)]
union Number {
    integer: i64,
    real: f64,
}

fn main() {}
