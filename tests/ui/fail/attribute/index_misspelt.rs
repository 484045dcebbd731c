use aio_sql::Table;

#[derive(Table)]
#[table(index(email, uniqe = true))]
struct User {
    email: String,
}

fn main() {}
