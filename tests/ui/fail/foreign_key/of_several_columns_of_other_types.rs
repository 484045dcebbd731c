use aio_sql::Table;

#[derive(Table)]
#[table(primary_key(country, number))]
struct Team {
    country: String,
    number: i64,
}

#[derive(Table)]
#[table(foreign_key(columns(number, country), references(Team::COUNTRY, Team::NUMBER)))]
struct User {
    country: String,
    number: i64,
}

fn main() {}
