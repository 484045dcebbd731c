use aio_sql::Table;

#[derive(Table)]
#[table(primary_key(country, number))]
struct Team {
    country: String,
    number: i64,
}

#[derive(Table)]
#[table(foreign_key(columns(number), references(Team::COUNTRY, Team::NUMBER)))]
struct User {
    number: i64,
}

fn main() {}
