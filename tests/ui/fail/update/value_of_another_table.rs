use aio_sql::Table;

#[derive(Table)]
struct User {
    name: String,
}

#[derive(Table)]
struct Team {
    city: String,
}

fn main() {
    let _ = User::update().set(User::NAME, Team::CITY).all_rows();
}
