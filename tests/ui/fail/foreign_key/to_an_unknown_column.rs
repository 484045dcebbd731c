use aio_sql::Table;

#[derive(Table)]
struct Team {
    #[column(primary_key, auto)]
    id: i64,
}

#[derive(Table)]
struct User {
    name: String,
    #[column(references = Team::TEAM_ID)]
    team_id: i64,
}

fn main() {}
