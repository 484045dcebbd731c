use aio_sql::Table;

struct Settings {
    dark: bool,
}

#[derive(Table)]
struct User {
    name: String,
    #[column(json, default = "{}")]
    settings: Option<Settings>,
}

fn main() {}
