use aio_sql::Table;

struct Settings {
    dark: bool,
}

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    #[column(json)]
    settings: Settings,
}

fn main() {
    let _ = User::select();
}
