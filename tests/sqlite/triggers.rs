//! Tables with triggers, views and virtual tables: how often triggers fire, and which counts are
//! reported.

mod counts;
mod loaded_rows;
mod raise;
mod upserts;
