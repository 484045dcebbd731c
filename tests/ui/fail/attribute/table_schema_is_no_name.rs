use aio_sql::Table;

#[derive(Table)]
#[table(schema = "")]
struct Empty {
    id: i64,
}

#[derive(Table)]
#[table(schema = app, comment = 3)]
struct Word {
    id: i64,
}

#[derive(Table)]
#[table(schema = "app", schema = "archive")]
struct Twice {
    id: i64,
}

fn main() {}
