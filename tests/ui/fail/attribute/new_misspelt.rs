use aio_sql::Table;

#[derive(Table)]
#[table(new(nam = "UserDraft"))]
struct User {
    name: String,
}

fn main() {}
