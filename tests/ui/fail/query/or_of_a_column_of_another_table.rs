use aio_sql::Table;

#[derive(Table)]
struct User {
    name: String,
}

#[derive(Table)]
struct Team {
    city: Option<String>,
}

fn main() {
    let _ = User::select().filter(User::NAME.eq(Team::CITY).or(User::NAME.eq("Dana")));
}
