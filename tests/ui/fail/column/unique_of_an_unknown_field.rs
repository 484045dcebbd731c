use aio_sql::Table;

#[derive(Table)]
#[table(unique(team_id, nmae))]
struct User {
    team_id: i64,
    name: String,
}

fn main() {}
