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
    let _ = User::select().order_by(Team::CITY.desc());
}
