//! Tables with triggers, views and virtual tables: how often triggers fire, and what is told of what they do.

#![allow(clippy::unwrap_used)]

#[path = "triggers/counts.rs"]
mod counts;
#[path = "triggers/upserts.rs"]
mod upserts;
