//! Members of teams: a table with a check, an index, a default, a foreign key and a generated
//! column.

use aio_sql::Table;

#[derive(Table, Clone, Debug)]
#[table(name = "teams")]
pub(crate) struct Team {
    #[column(primary_key)]
    pub(crate) id: i64,
}

#[derive(Table, Clone, Debug)]
#[table(name = "members", index(name), unique(name, age), check = "age < 200")]
pub(crate) struct Member {
    #[column(primary_key, auto)]
    pub(crate) id: i64,
    pub(crate) name: String,
    #[column(default = 18, check = "age >= 0")]
    pub(crate) age: i64,
    pub(crate) nick: Option<String>,
    #[column(references = Team::ID, on_delete = cascade)]
    pub(crate) team_id: i64,
    #[column(generated = "lower(name)")]
    pub(crate) label: String,
}
