//! What the language means on PostgreSQL: the same as on SQLite, or an error that names what is
//! missing.

#![cfg(all(feature = "sqlite", feature = "postgres", feature = "json"))]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "language/captured.rs"]
mod captured;
#[path = "language/collations.rs"]
mod collations;
#[path = "databases/mod.rs"]
mod databases;
#[path = "language/edges.rs"]
mod edges;
#[path = "language/foreign_keys.rs"]
mod foreign_keys;
#[cfg(all(feature = "jiff", feature = "rust_decimal", feature = "uuid"))]
#[path = "language/foreign_tables.rs"]
mod foreign_tables;
#[path = "language/missing.rs"]
mod missing;
#[path = "language/races.rs"]
mod races;
#[path = "language/writes.rs"]
mod writes;
