use aio_sql::{Batch, Table};

#[derive(Table)]
struct User {
    name: String,
}

fn main() {
    let _ = Batch::new().one::<User, _>(User::delete().filter(User::NAME.eq("Dana")));
}
