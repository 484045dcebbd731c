//! The derive macros of aio-sql. Use them through the crate `aio-sql`.
//!
//! Each derive goes parse → model → check → expand. What cannot be accepted is a compile error at the tokens that
//! caused it, with what to write instead, and all of them come at once; beside the errors stands an expansion of what
//! was understood, so that one mistake does not bring others. The expansions are metadata and one-line calls into the
//! runtime. The macros know Rust's syntax and no SQL dialect.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod attribute;
mod errors;
mod fallback;
mod from_row;
mod name;
mod record;
mod serde;
mod shape;
mod sql;
mod sql_type;
mod stored;
mod table;
#[cfg(test)]
mod testing;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct with named fields a table.
///
/// ```text
/// #[derive(Table)]
/// #[table(name = "users", unique(team_id, name))]
/// struct User {
///     #[column(primary_key, auto)]
///     id: i64,
///     #[column(unique, collate = nocase)]
///     email: String,
///     name: String,
///     #[column(default = 0, check = "karma < 1000")]
///     karma: i64,
///     #[column(references = Team::ID, on_delete = cascade)]
///     team_id: Option<i64>,
/// }
/// ```
///
/// It writes the table's definition, a constant for each column (`User::ID`), the constant `User` that stands for the
/// table, the struct `NewUser` of a new row, and the helpers `select`, `find`, `insert`, `insert_all`, `update`,
/// `delete`, `save`, `remove` and `refresh`. `NewUser` leaves out what is made by itself: `auto`, `generated`,
/// `created_at`, `updated_at`, `version` and `skip`; a column with a `default` is an `Option` there. Where nothing is
/// left out and nothing has a default, the struct is its own new row.
///
/// # `#[table(..)]` on the struct
/// Lists name fields of the struct.
/// - `name = "users"`: the name in the database; without it that of the struct in snake case.
/// - `primary_key(a, b)`: a key of several columns.
/// - `unique(a, b)`: a UNIQUE constraint. May repeat.
/// - `index(a, b, unique, where = "karma > 0", name = "…")`, `index(expr = "lower(a)")`: an index. May repeat.
/// - `check = "a < b"`: a CHECK constraint. May repeat.
/// - `foreign_key(columns(a, b), references(Other::A, Other::B), on_delete = …, on_update = …, deferred)`: a foreign
///   key of several columns. May repeat.
/// - `strict = false`: a table whose columns take values of other types than they are declared with; tables are STRICT
///   otherwise. The CHECK on the range of an integer column stays.
/// - `without_rowid`: a table that SQLite stores by its primary key.
/// - `new(name = "UserDraft", derive(Clone, Debug))`: how the struct of a new row is called, where the module has a
///   `NewUser` of its own (the compiler says E0428), and what it derives.
/// - `patch`, `patch(name = "UserChanges", derive(Deserialize))`: writes a struct for updates of the columns that changed.
/// - `new(serde(..))`, `patch(serde(..))`: attributes of serde for these structs. They have those of the fields, and the
///   struct's `rename_all` and `deny_unknown_fields`, without being told.
/// - `methods = false`: leaves the helpers out, for a struct that has methods of these names (E0592).
/// - `crate = "path::to::aio_sql"`: where the crate is, if it is not `::aio_sql`.
///
/// # `#[column(..)]` on a field
/// - `name = "…"`: the name in the database; without it that of the field.
/// - `primary_key`; `primary_key, auto`: the database makes the key; `primary_key, autoincrement`: and never makes it
///   again.
/// - `unique`, `index`, `check = "…"`.
/// - `default = 0`, any literal; `default = now`; `default = sql("…")`: an expression of the database.
/// - `collate = nocase`, `binary`, `rtrim`, or `"name"` for one that was registered.
/// - `references = Team::ID`: a foreign key; with `on_delete` and `on_update`, each one of `cascade`, `restrict`,
///   `set_null`, `set_default` and `no_action`, and with `deferred`.
/// - `generated = "a + b"`: computed by the database, `virtual` or `stored`.
/// - `json`: stored as JSON; `scale = 2`: a decimal stored as an integer of so many decimal places. In an `Option`
///   written as such, `None` is NULL.
/// - `created_at`, `updated_at`: set by the library; `version`: counts the updates, so that two writers notice.
/// - `skip`: not stored; `Default` when it is read.
#[proc_macro_derive(Table, attributes(table, column))]
pub fn derive_table(input: TokenStream) -> TokenStream {
    table::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a struct with named fields the result of a query.
///
/// ```text
/// #[derive(Record)]
/// struct Line {
///     name: String,
///     #[record(name = "how_many")]
///     count: i64,
///     #[record(nested)]
///     team: Option<Team>,
/// }
/// ```
///
/// On a field: `#[record(name = "…")]` for a column of another name, `json` and `scale = 2` as in a table, `skip` for
/// a field that is not read. `nested` is for a field that is itself a record or a row of a table, or an `Option` of one:
/// it reads the columns of its own type. A typed query gives it the table (`Team`) or a tuple of its columns; a raw query
/// gives all columns in the order of the fields, each under its own name. A record with a nested field cannot name the
/// columns of a `cte`. On the struct: `#[record(crate = "path::to::aio_sql")]`.
#[proc_macro_derive(Record, attributes(record))]
pub fn derive_record(input: TokenStream) -> TokenStream {
    record::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Gives an enum or a newtype a stored form.
///
/// ```text
/// #[derive(SqlType)]
/// enum Colour {
///     Red,                          // 'red'
///     #[sql_type(name = "grass")]
///     Green,                        // 'grass'
/// }
///
/// #[derive(SqlType)]
/// #[sql_type(integer)]
/// enum Level {
///     Low = 1,
///     High,                         // 2
/// }
///
/// #[derive(SqlType)]
/// struct UserId(i64);               // as an i64
/// ```
///
/// An enum stored as integers sorts in the database as it does in Rust, one stored as text if its texts stand in the
/// order of its variants. Also: `#[sql_type(crate = "path::to::aio_sql")]`.
#[proc_macro_derive(SqlType, attributes(sql_type))]
pub fn derive_sql_type(input: TokenStream) -> TokenStream {
    sql_type::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// What `aio_sql::sql!` calls, with the path of the crate before the literal.
#[doc(hidden)]
#[proc_macro]
pub fn __sql(input: TokenStream) -> TokenStream {
    sql::expand(input.into()).into()
}
