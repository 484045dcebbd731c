use aio_sql::Table;

#[derive(Table)]
struct Team {
    #[column(primary_key)]
    id: i64,
}

#[derive(Table)]
struct User {
    #[column(references = Team::ID, on_delete = "cascade")]
    team_id: i64,
    #[column(references = Team::ID, on_delete = setnull)]
    former_team_id: Option<i64>,
}

fn main() {}
