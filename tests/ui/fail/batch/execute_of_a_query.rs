use aio_sql::{Batch, Table};

#[derive(Table)]
struct User {
    name: String,
}

fn main() {
    let _ = Batch::new().execute(User::select());
}
