use aio_sql::Table;

#[derive(Table)]
struct Team {
    #[column(primary_key, auto)]
    id: i64,
    city: Option<String>,
}

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    #[column(unique)]
    email: String,
    team_id: i64,
}

fn new() -> NewUser {
    NewUser { email: "dana@example.org".into(), team_id: 1 }
}

fn main() {
    let _ = User.insert_select((User::EMAIL, User::TEAM_ID), User::select().columns(User::EMAIL));
}
