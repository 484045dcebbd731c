use aio_sql::Table;

struct Team {
    id: i64,
}

#[derive(Table)]
struct User {
    name: String,
    #[column(references = Team::ID)]
    team_id: i64,
}

fn main() {}
