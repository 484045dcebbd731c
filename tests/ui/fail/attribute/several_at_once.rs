use aio_sql::Table;

#[derive(Table)]
#[table(engine = "memory")]
struct User {
    #[column(primary, auto)]
    id: i64,
    #[column(uniqe)]
    email: String,
}

fn main() {
    let _ = User::select().filter(User::EMAIL.eq("dan@example.org"));
    let _ = User::insert(NewUser { email: String::new() });
}
