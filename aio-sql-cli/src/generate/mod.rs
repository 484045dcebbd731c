//! Structs from a database: Rust source with a struct for each table and each view.
//!
//! | module | content |
//! |---|---|
//! | `structs`, `keys` | the structs as data |
//! | `type_rules` | what the kinds of databases differ in |
//! | `sqlite`, `postgres` | the type, default and declared type of a field, for each of them |
//! | `rust_type`, `default` | types and defaults in Rust |
//! | `definition` | what the derive would make of a struct, compared with the table |
//! | `source`, `attribute`, `literal` | the text |
//! | `names`, `sql_text` | names in Rust, and words of SQL |
//!
//! The generator knows which table the derive makes of each struct that it writes. It asks the
//! database for the schema of these tables and compares it with the one that is there; a comment
//! above the struct says what differs.

mod attribute;
mod default;
mod definition;
mod keys;
mod literal;
mod names;
mod postgres;
mod rust_type;
mod source;
mod sql_text;
mod sqlite;
mod structs;
mod type_rules;

use aio_sql::inspect::Schema;
use aio_sql::{Dialect, Executor, Result};
pub use sqlite::{Samples, VALUES};

use self::postgres::Postgres;
use self::sqlite::Sqlite;
use self::structs::Structs;
use self::type_rules::TypeRules;

/// Returns Rust source with a struct for each table and view of a schema whose name `is_wanted`
/// accepts.
///
/// The types are those of the declarations, and of the values where `samples` has some. `executor`
/// is the database of the schema, which says what its tables would be if they were created from
/// the structs. The source is formatted as rustfmt does by default.
///
/// ```
/// # use aio_sql::Database;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> aio_sql::Result<()> {
/// use aio_sql_cli::generate::{Samples, source};
///
/// let db = Database::memory().await?;
/// db.execute_script("create table teams (id integer primary key, name text not null) strict")
///     .await?;
/// let text = source(&db, &db.inspect().await?, &Samples::default(), &|_| true).await?;
/// assert_eq!(
///     text,
///     "\
/// // Written by `aio-sql generate`.
///
/// use aio_sql::Table;
///
/// #[derive(Table, Clone, Debug, PartialEq)]
/// #[table(name = \"teams\")]
/// pub struct Team {
///     #[column(primary_key, auto)]
///     pub id: i64,
///     pub name: String,
/// }
/// "
/// );
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// If the structs cannot be compared with the schema.
///
/// # Cancellation
/// If the future is dropped, nothing is changed.
pub async fn source(
    executor: &Executor,
    schema: &Schema,
    samples: &Samples,
    is_wanted: &dyn Fn(&str) -> bool,
) -> Result<String> {
    let rules: Box<dyn TypeRules + '_> = match schema.dialect() {
        Dialect::Sqlite => Box::new(Sqlite::new(schema, samples)),
        _ => Box::new(Postgres::new(schema)),
    };
    let mut structs = Structs::of(schema, &*rules, is_wanted);
    definition::compare(&mut structs, schema, executor, &*rules).await?;
    let unreadable = schema.views().iter().filter(|view| is_wanted(view.name()) && view.columns().is_empty());
    Ok(source::source(&structs, &unreadable.collect::<Vec<_>>()))
}
