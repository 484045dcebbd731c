use aio_sql::Table;

#[derive(Table)]
struct Membership {
    #[column(primary_key)]
    user_id: i64,
    #[column(primary_key)]
    team_id: i64,
}

fn main() {}
