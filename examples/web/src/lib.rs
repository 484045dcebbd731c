//! A task service: JSON over HTTP, kept in one SQLite file or on a PostgreSQL server.
//!
//! # Layout
//!
//! - [`database`] opens the database and brings its schema up to date.
//! - [`tasks`], [`tags`], [`search`] and [`tokens`] have their tables and the handlers of their
//!   routes.
//! - [`backup`], [`health`], [`metrics`] and [`page`] have one route each.
//! - [`routes`] maps routes to handlers and adds the middleware.
//! - [`errors`] maps errors of the database to HTTP statuses. [`extract`] has extractors that fail
//!   with these errors. [`timeout`] limits the time of a request.
//! - [`mod@serve`] runs the service until it is told to stop.

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

/// The state of the router. A handler extracts the part that it needs, for example with
/// `State(db): State<Database>`.
#[derive(Clone, Debug, FromRef)]
pub struct Service {
    /// The database: cheap to clone, and shared by all requests.
    pub db: Database,
    /// The number of requests, by route and status.
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
    /// How long a request may take before it is stopped and answered with status 503.
    pub request_timeout: Duration,
    /// How long the service waits for requests in progress when it is told to stop.
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
