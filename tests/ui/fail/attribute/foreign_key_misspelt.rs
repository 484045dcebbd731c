use aio_sql::Table;

#[derive(Table)]
struct Team {
    #[column(primary_key)]
    id: i64,
}

#[derive(Table)]
#[table(foreign_key(column(team_id), references(Team::ID)))]
struct User {
    team_id: i64,
}

fn main() {}
