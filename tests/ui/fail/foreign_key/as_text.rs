use aio_sql::Table;

#[derive(Table)]
struct User {
    name: String,
    #[column(references = "team(id)")]
    team_id: i64,
}

fn main() {}
