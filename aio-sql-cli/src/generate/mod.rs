//! Structs from a database: Rust source with a struct for each table and each view.
//!
//! | module | content |
//! |---|---|
//! | `sample`, `forms` | what the values of a column tell |
//! | `choice`, `rust_type` | which type a column has in Rust |
//! | `structs` | the structs as data |
//! | `default` | defaults from SQL to Rust |
//! | `definition` | what the derive would make of a struct, compared with the table |
//! | `source`, `attribute`, `literal` | the text |
//! | `names`, `sql_text` | names in Rust, and words of SQL |
//!
//! The generator knows which table the derive makes of each struct that it writes. It creates
//! these tables in memory and compares them with the database; a comment above the struct says
//! what differs.

mod attribute;
mod choice;
mod default;
mod definition;
mod forms;
mod literal;
mod names;
mod rust_type;
mod sample;
mod source;
mod sql_text;
mod structs;

use aio_sql::Result;
use aio_sql::inspect::Schema;
pub use sample::{Samples, VALUES};

/// Returns Rust source with a struct for each table and view of a schema whose name `is_wanted`
/// accepts.
///
/// The types are those of the declarations, and of the values where `samples` has some. The source
/// is formatted as rustfmt does by default.
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
/// let text = source(&db.inspect().await?, &Samples::default(), &|_| true)?;
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
pub fn source(schema: &Schema, samples: &Samples, is_wanted: &dyn Fn(&str) -> bool) -> Result<String> {
    let mut structs = structs::Structs::of(schema, samples, is_wanted);
    definition::compare(&mut structs, schema)?;
    let unreadable = schema.views().iter().filter(|view| is_wanted(view.name()) && view.columns().is_empty());
    Ok(source::source(&structs, &unreadable.collect::<Vec<_>>()))
}
