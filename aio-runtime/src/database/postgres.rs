//! Opening PostgreSQL databases.

use std::sync::Arc;

use super::Builder;
use crate::engine::Backend;
use crate::error::Result;
use crate::postgres::{Engine, PostgresOptions};

/// The beginnings of the addresses of PostgreSQL databases.
pub(super) const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// The number of connections if none is set.
const CONNECTIONS: u32 = 20;

/// The settings that only PostgreSQL has.
#[derive(Debug, Default)]
pub(super) struct PostgresSettings {
    connections: Option<u32>,
}

impl Builder {
    /// Sets the maximum number of connections to a database server: of those that serve statements
    /// on the [`Database`](crate::Database) itself, which share their connections, and of explicit
    /// connections and transactions, which have one each. Default: 20.
    ///
    /// At most half of the connections, and not more than twice the number of processor cores,
    /// serve statements on the database itself. A connection is opened when it is first needed. A
    /// server has a limit for the connections of all its clients (`max_connections`), so divide
    /// that by the number of processes.
    pub fn connections(mut self, connections: u32) -> Builder {
        self.postgres.connections = Some(connections.max(2));
        self
    }

    pub(super) async fn open_postgres(mut self) -> Result<Arc<dyn Backend>> {
        let address = self.address.to_string_lossy();
        let options = PostgresOptions::parse(&address)?;
        let connections = self.postgres.connections.unwrap_or(CONNECTIONS);
        let cores = std::thread::available_parallelism().map_or(2, |cores| cores.get());
        let lanes = (connections / 2).min(u32::try_from(2 * cores).unwrap_or(u32::MAX)).max(1);
        self.settings.connections = self.settings.connections.min(connections - lanes);
        Ok(Engine::open(options, self.settings, lanes).await?)
    }
}
