use aio_sql::Table;

#[derive(Table)]
#[table(primary_key(user_id, team_id))]
struct Membership {
    user_id: i64,
    team_id: i64,
}

fn main() {
    let _ = Membership::find(1);
}
