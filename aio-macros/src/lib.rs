//! The derive macros of aio-sql. Use them through the crate `aio-sql`.
//!
//! Each derive goes through parse → model → check → expand. What cannot be accepted is a compile
//! error at the tokens that caused it and says what to write instead. All errors are reported at
//! once. What was understood is expanded even then, so that one mistake does not cause others. The
//! expansions are metadata and one-line calls into the runtime. The macros know Rust's syntax and
//! no SQL dialect.

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
mod time_form;

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
/// It writes the table's definition, a constant for each column (`User::ID`), the constant `User`
/// for the table itself, the struct `NewUser` of a new row, and the helpers `select`, `find`,
/// `insert`, `insert_all`, `insert_stream`, `update`, `delete`, `related`, `save`, `remove` and
/// `refresh`; with `patch`, also the struct `UserPatch` and the helpers `patch` and `apply`.
/// `NewUser` does not have the columns that are set automatically: `auto`, `generated`,
/// `created_at`, `updated_at`, `version` and `skip`. A column with a `default` is an `Option`
/// there. If no column is left out and none has a default, the struct is its own new row.
///
/// # `#[table(..)]` on the struct
/// Lists contain names of fields of the struct.
/// - `name = "users"`: the name in the database. Default: the name of the struct in snake case.
/// - `primary_key(a, b)`: a primary key of several columns.
/// - `unique(a, b)`: a UNIQUE constraint. May be repeated.
/// - `index(a, b, unique, where = "karma > 0", name = "…")`, `index(expr = "lower(a)")`: an index.
///   May be repeated.
/// - `check = "a < b"`: a CHECK constraint. May be repeated. `check(expr = "a < b", name = "…")`
///   gives it a name, by which the error of a violation tells it.
/// - `foreign_key(columns(a, b), references(Other::A, Other::B), on_delete = …, on_update = …,
///   deferred)`: a foreign key of several columns. May be repeated.
/// - `strict = false`: lets columns hold values of other types than their own; tables are STRICT
///   by default. The CHECK on the range of an integer column remains.
/// - `without_rowid`: makes SQLite store the table by its primary key.
/// - `new(name = "UserDraft", derive(Clone, Debug))`: sets the name of the struct of a new row,
///   for a module that has another `NewUser` (error E0428), and what it derives.
/// - `patch`, `patch(name = "UserChanges", derive(Deserialize))`: writes a struct for updates of
///   only those columns that changed.
/// - `new(serde(..))`, `patch(serde(..))`: attributes of serde for these structs. The attributes
///   of the fields, and the struct's `rename_all` and `deny_unknown_fields`, apply to them anyway.
/// - `methods = false`: does not write the helpers, for a struct that has methods with these names
///   (error E0592).
/// - `crate = "path::to::aio_sql"`: the path of the crate, if it is not `::aio_sql`.
///
/// # `#[column(..)]` on a field
/// - `name = "…"`: the name in the database. Default: the name of the field.
/// - `primary_key`: the primary key. With `auto`, the database generates its value; with
///   `autoincrement`, it never generates the same value again.
/// - `unique`, `index`, `check = "…"`, or `check(expr = "…", name = "…")`.
/// - `default = 0` or any other literal; of an enum the text or the number of a variant, of a
///   decimal the number, such as `0.19`; `default = now`; `default = sql("…")`: an expression of
///   the database.
/// - `collate = nocase`, which ignores the case of ASCII letters; `unicode`, which ignores that of
///   every letter and needs the feature `unicode`; `binary`, `rtrim`, or `"name"` for a collation
///   that was registered.
/// - `references = Team::ID`: a foreign key, with `on_delete` and `on_update`, each one of
///   `cascade`, `restrict`, `set_null`, `set_default` and `no_action`, and with `deferred`.
/// - `generated = "a + b"`: computed by the database, `virtual` or `stored`.
/// - `json`: stored as JSON. `scale = 2`: a decimal that is stored as an integer with this number
///   of decimal places. `None` is NULL if the type is written as an `Option`.
/// - `time = "datetime"`, `uuid = "text"`, `decimal = "real"`: stored as another program does. A
///   time is `unix_seconds`, `unix_millis`, `unix_micros`, `unix_nanos`, `julian`, `datetime`
///   (`2026-01-05 10:00:00`) or `iso8601` (`2026-01-05T10:00:00`), a time of day `time`, a span
///   `seconds`, `millis` or `micros`. Behind a form of text stand the digits of its fraction, and
///   what says UTC: `datetime(6)`, `datetime(0|3|6|9)+00:00`, `iso8601(0..9)Z`. A UUID is `text`
///   (36 characters), `upper` (with capital letters) or `simple` (32), a decimal `real` or
///   `text(2)`. The guide lists which program writes which, in "Working with an existing
///   database".
/// - `created_at`, `updated_at`: set by the library. `version`: counts the updates, so that a
///   writer notices another one.
/// - `skip`: not stored; `Default` when the row is read.
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
/// On a field: `#[record(name = "…")]` for a column with another name, `json`, `scale = 2`,
/// `time`, `uuid` and `decimal` as in a table, `skip` for a field that is not read. `nested` is
/// for a field that is itself a record or a row of a table, or an `Option` of one: it reads the
/// columns of its own type. A typed query selects the table for it (`Team`), or a tuple of its
/// columns; a raw query selects all columns in the order of the fields, each under its own name. A
/// record with a nested field cannot name the columns of a `cte`. On the struct:
/// `#[record(crate = "path::to::aio_sql")]`.
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
/// `#[sql_type(rename_all = "kebab-case")]` writes the texts of all variants without a `name` in
/// another case, by serde's names: `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`,
/// `snake_case` (the default), `SCREAMING_SNAKE_CASE`, `kebab-case` and `SCREAMING-KEBAB-CASE`.
/// Several capital letters in a row are one word, as in the name of a table: `HTTPServer` is
/// `http_server`, where serde writes `h_t_t_p_server`. `name` writes a single text otherwise.
///
/// An enum that is stored as integers sorts in the database as it does in Rust; one that is stored
/// as text does if its texts are in the order of its variants. Also: `#[sql_type(crate =
/// "path::to::aio_sql")]`.
#[proc_macro_derive(SqlType, attributes(sql_type))]
pub fn derive_sql_type(input: TokenStream) -> TokenStream {
    sql_type::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Says what sqlx's derive is called here.
#[doc(hidden)]
#[proc_macro_derive(FromRow, attributes(sqlx))]
pub fn derive_from_row(_input: TokenStream) -> TokenStream {
    quote::quote!(::core::compile_error! { "write `#[derive(Record)]` on a struct that rows are read into" }).into()
}

/// Says what Diesel's derive is called here.
#[doc(hidden)]
#[proc_macro_derive(Queryable, attributes(diesel))]
pub fn derive_queryable(_input: TokenStream) -> TokenStream {
    quote::quote!(::core::compile_error! { "write `#[derive(Record)]` on a struct that rows are read into" }).into()
}

/// Says what Diesel's derive is called here.
#[doc(hidden)]
#[proc_macro_derive(Insertable, attributes(diesel))]
pub fn derive_insertable(_input: TokenStream) -> TokenStream {
    let message = "write `#[derive(Table)]` on the struct of the table, which writes that of a new row, too: `NewUser`";
    quote::quote!(::core::compile_error! { #message }).into()
}

/// Called by `aio_sql::sql!`, with the path of the crate before the literal.
#[doc(hidden)]
#[proc_macro]
pub fn __sql(input: TokenStream) -> TokenStream {
    sql::expand(input.into()).into()
}
