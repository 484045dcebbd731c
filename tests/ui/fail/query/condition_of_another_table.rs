use aio_sql::{Condition, Table};

#[derive(Table)]
struct User {
    name: String,
}

#[derive(Table)]
struct Team {
    city: String,
}

fn main() {
    let mut conditions: Vec<Condition<User>> = Vec::new();
    conditions.push(User::NAME.eq("Dana").and(Team::CITY.eq("Oslo")).into());
}
