use aio_sql::Table;

#[derive(Table)]
#[table(primary_key(user_id, team_id))]
struct Membership {
    #[column(primary_key)]
    user_id: i64,
    team_id: i64,
}

fn main() {}
