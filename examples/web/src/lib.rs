//! A task service: JSON over HTTP, kept in one SQLite file.
//!
//! # Layout
//!
//! - [`database`] opens the file and brings its schema up to date.
//! - [`tasks`], [`tags`], [`search`] and [`tokens`] each have one table or two, and the handlers
//!   of their routes.
//! - [`backup`], [`health`], [`metrics`] and [`page`] are a route each.
//! - [`routes`] says which handler answers which route, and what every request passes through.
//! - [`errors`] says which error of the database is which status of HTTP; [`extract`] reads
//!   requests with these errors; [`timeout`] limits how long a request may take.
//! - [`serve`] runs the service until it is told to stop.

pub mod backup;
pub mod database;
pub mod errors;
pub mod extract;
pub mod health;
pub mod metrics;
pub mod page;
pub mod routes;
pub mod search;
pub mod serve;
pub mod tags;
pub mod tasks;
pub mod timeout;
pub mod tokens;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aio_sql::Database;
use axum::extract::FromRef;

/// The guide's chapter about this service, whose examples are tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/web.md")]
pub mod guide {}

pub use routes::app;
pub use serve::serve;

/// What every handler can ask for: `State(db): State<Database>`.
#[derive(Clone, Debug, FromRef)]
pub struct Service {
    /// The database: cheap to clone, and shared by all requests.
    pub db: Database,
    /// How many requests there were.
    pub requests: metrics::Requests,
    /// The settings.
    pub settings: Arc<Settings>,
}

impl Service {
    /// Creates the service over a database that [`database::open`] has opened.
    pub fn new(db: Database, settings: Settings) -> Service {
        Service { db, requests: metrics::Requests::default(), settings: Arc::new(settings) }
    }
}

/// The settings of the service.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder for backups.
    pub backups: PathBuf,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// How long requests under way may go on after the service was told to stop.
    pub shutdown_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            backups: "backups".into(),
            request_timeout: Duration::from_secs(10),
            shutdown_timeout: Duration::from_secs(20),
        }
    }
}
