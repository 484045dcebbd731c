//! What it costs to build a query and to write its text: `cargo bench` here. The benchmark is in
//! `benches/queries.rs`.
