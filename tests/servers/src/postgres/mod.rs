//! PostgreSQL.

mod admin;
mod files;
mod keeper;
mod pooler;
mod programs;
mod server;
mod settings;
mod shared;
mod template;
mod user;

pub use admin::{Admin, Refused};
pub use pooler::{Pooler, PoolerSettings};
pub use programs::Programs;
pub use server::Server;
pub use settings::Settings;
pub use shared::{Schema, Shared, direct, is_pooled, shared};
