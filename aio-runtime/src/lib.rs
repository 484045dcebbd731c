//! What aio-sql does at run time. Use it through the crate `aio-sql`.

mod bindings;
mod dialect;
mod error;
pub mod expr;
mod row;
mod row_batch;
pub mod schema;
mod statement;
mod table;
mod tuple;
mod types;
mod value;

pub use bindings::Bindings;
pub use dialect::Dialect;
pub use error::{Error, ErrorKind, Mismatch, Result, Unstorable};
pub use expr::{Column, Condition, Expr, Fk, Order, all_of, any_of, cast, count, escape_like, not, value};
pub use row::{FromRow, Row, RowRef};
pub use schema::TableDef;
pub use statement::{Delete, Insert, Record, Select, Sql, Update, query};
pub use table::{HasKey, Insertable, KeyValue, Keyed, Table, TableOf};
pub use types::*;
pub use value::{Value, ValueRef};
