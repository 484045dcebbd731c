//! The cost of building a query and of writing its text. `cargo bench` in this folder runs the
//! benchmark in `benches/queries.rs`.
