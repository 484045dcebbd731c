use aio_sql::Table;

#[derive(Table)]
#[table(primary_key(user, team_id))]
struct Membership {
    user_id: i64,
    team_id: i64,
}

fn main() {}
