use aio_sql::Table;

#[derive(Table)]
enum Colour {
    Red,
    Green,
}

fn main() {}
