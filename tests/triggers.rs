//! Tables with triggers, views and virtual tables: how often triggers fire, and which counts are
//! reported.

#![allow(clippy::unwrap_used)]

#[path = "triggers/counts.rs"]
mod counts;
#[path = "triggers/raise.rs"]
mod raise;
#[path = "triggers/rows_in_hand.rs"]
mod rows_in_hand;
#[path = "triggers/upserts.rs"]
mod upserts;
