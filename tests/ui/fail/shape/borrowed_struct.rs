use aio_sql::Table;

#[derive(Table)]
struct User<'a> {
    name: &'a str,
}

fn main() {}
