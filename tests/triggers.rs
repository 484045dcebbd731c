//! Tables with triggers, views and virtual tables: how often triggers fire, and which counts are
//! reported.

#![allow(clippy::unwrap_used)]

#[path = "triggers/counts.rs"]
mod counts;
#[path = "triggers/loaded_rows.rs"]
mod loaded_rows;
#[path = "triggers/raise.rs"]
mod raise;
#[path = "triggers/upserts.rs"]
mod upserts;
