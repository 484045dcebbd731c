//! What only SQLite has: its file, the write lock, groups, pragmas, and closures that get its
//! connection.

#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, clippy::panic)]

mod answers;
mod attached;
mod batch;
mod bulk;
mod cancellation;
mod changing_schemas;
mod checkpoints;
mod ddl;
mod deadlines;
mod depth;
mod differences;
mod dropping;
mod engine;
mod errors;
#[cfg(all(feature = "chrono", feature = "jiff", feature = "json", feature = "rust_decimal", feature = "uuid"))]
mod existing;
mod foreign_code;
mod full_text;
mod groups;
mod guarding;
mod in_transaction;
mod insert_many;
#[cfg(feature = "json")]
mod large_values;
#[cfg(target_os = "linux")]
mod limits;
mod metrics;
mod migrations;
#[cfg(feature = "rust_decimal")]
mod money;
#[cfg(unix)]
mod moved;
mod queries;
mod raw;
#[cfg(feature = "regexp")]
mod regexp;
mod sqlalchemy_aio;
#[cfg(feature = "tracing")]
mod tracing;
mod transactions;
mod triggers;
#[cfg(feature = "unicode")]
mod unicode;
mod values;
mod writes;

#[path = "../dropped/mod.rs"]
mod dropped;
#[path = "../hold/mod.rs"]
mod hold;
#[cfg(feature = "tracing")]
#[path = "../tracing/subscriber.rs"]
mod subscriber;
