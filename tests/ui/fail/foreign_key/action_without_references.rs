use aio_sql::Table;

#[derive(Table)]
struct User {
    name: String,
    #[column(on_delete = cascade)]
    team_id: i64,
}

fn main() {}
