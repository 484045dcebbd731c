//! Opening PostgreSQL databases, and the settings that only they have.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{Builder, Kind};
use crate::engine::Backend;
use crate::error::{Error, Result};
use crate::postgres::{Engine, PasswordProvider, PostgresOptions, ReplicaOptions};

/// The beginnings of the addresses of PostgreSQL databases.
pub(super) const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// How long opening a database tries servers again that cannot be reached, unless that is set.
const WAIT_FOR_SERVER: Duration = Duration::from_secs(1);

/// The settings that only PostgreSQL has.
#[derive(Debug)]
pub(super) struct PostgresSettings {
    connections: u32,
    idle_timeout: Duration,
    max_lifetime: Duration,
    statement_savepoints: bool,
    wait_for_server: Option<Duration>,
    password_provider: Option<PasswordProvider>,
    libpq_environment: bool,
    replicas: Vec<ReplicaAddress>,
    replica_connections: Option<u32>,
    max_replica_lag: Option<Duration>,
    /// The name of the first setting that was set; `None` if none was set.
    first: Option<&'static str>,
}

impl Default for PostgresSettings {
    fn default() -> PostgresSettings {
        PostgresSettings {
            connections: 20,
            idle_timeout: Duration::from_secs(600),
            max_lifetime: Duration::from_secs(1800),
            statement_savepoints: false,
            wait_for_server: None,
            password_provider: None,
            libpq_environment: false,
            replicas: Vec::new(),
            replica_connections: None,
            max_replica_lag: None,
            first: None,
        }
    }
}

/// The address of a replica, which may contain a password.
struct ReplicaAddress(String);

impl fmt::Debug for ReplicaAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplicaAddress").finish_non_exhaustive()
    }
}

impl PostgresSettings {
    fn set(&mut self, name: &'static str) -> &mut PostgresSettings {
        self.first.get_or_insert(name);
        self
    }

    /// Fails if one of these settings was set, but the database is not PostgreSQL.
    pub(super) fn check(&self, kind: Kind) -> Result<()> {
        match self.first {
            Some(name) if kind != Kind::Postgres => Err(Error::unsupported(kind.name(), format!("setting `{name}`"))),
            _ => Ok(()),
        }
    }
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
        self.postgres.set("connections").connections = connections.clamp(2, 65_536);
        self
    }

    /// Sets after which time without a statement a connection to a database server is closed. It
    /// is opened again for the next statement. Default: 10 minutes.
    ///
    /// A firewall between the program and the server may forget a connection on which nothing was
    /// sent for a while, often after an hour, without telling either of them: choose a shorter
    /// time. An explicit connection that was given back is closed after some seconds.
    pub fn idle_timeout(mut self, timeout: Duration) -> Builder {
        self.postgres.set("idle_timeout").idle_timeout = timeout;
        self
    }

    /// Sets how old a connection to a database server may become before it is replaced, between
    /// two statements and never in a transaction. Default: 30 minutes, a tenth of it more or less,
    /// so that not all connections are replaced at once.
    ///
    /// After this time, connections are spread anew over several servers behind one address, and
    /// the server gives the memory of its process back.
    pub fn max_lifetime(mut self, lifetime: Duration) -> Builder {
        self.postgres.set("max_lifetime").max_lifetime = lifetime;
        self
    }

    /// Sets whether each statement in a transaction gets a savepoint of its own, so that the
    /// transaction goes on after an error of the statement, as with SQLite. Default: it does not.
    ///
    /// PostgreSQL ends a transaction at its first error: all later statements in it fail with
    /// [`ErrorKind::RolledBack`](crate::ErrorKind::RolledBack). Savepoints avoid that, but cost
    /// the server a subtransaction for each statement that writes. A [nested
    /// transaction](crate::Transaction) around a statement that may fail does the same where it is
    /// needed.
    pub fn statement_savepoints(mut self, on: bool) -> Builder {
        self.postgres.set("statement_savepoints").statement_savepoints = on;
        self
    }

    /// Sets how long [`open`](Builder::open) tries again while no server of the address can be
    /// reached: its name is not known yet, or nothing answers there. Default: 1 s, or the
    /// [`acquire_timeout`](Builder::acquire_timeout) if that is shorter.
    ///
    /// A wrong address is then reported soon. A program that is started together with its server,
    /// for instance in a container beside it, sets a longer time. A server that answers that it is
    /// starting is waited for up to the `acquire_timeout` in any case, as is one that goes away
    /// when the database is open already.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use aio_runtime::{Database, Result};
    /// # async fn run() -> Result<()> {
    /// let db = Database::builder("postgres://shop:secret@db/shop?sslmode=disable")
    ///     .wait_for_server(Duration::from_secs(60))
    ///     .open()
    ///     .await?;
    /// # db.close().await
    /// # }
    /// ```
    pub fn wait_for_server(mut self, time: Duration) -> Builder {
        self.postgres.set("wait_for_server").wait_for_server = Some(time);
        self
    }

    /// Calls a closure for the password of each new connection to a database server, for passwords
    /// that expire, such as the tokens of a cloud's IAM.
    ///
    /// The closure is called on the connection's thread, so it may block. It is called each time
    /// that the server asks for a password, also when a lost connection is replaced; the library
    /// keeps no password. The address must not contain one.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result};
    /// # async fn run() -> Result<()> {
    /// let db = Database::builder("postgres://shop@db.example.com/shop")
    ///     .password_provider(|| Ok(std::fs::read_to_string("/run/secrets/token")?))
    ///     .open()
    ///     .await?;
    /// # db.close().await
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the closure fails, opening the connection fails with
    /// [`ErrorKind::CannotOpen`](crate::ErrorKind::CannotOpen), whose
    /// [`source`](std::error::Error::source) is the error of the closure.
    pub fn password_provider(
        mut self,
        provide: impl Fn() -> Result<String, Box<dyn StdError + Send + Sync>> + Send + Sync + 'static,
    ) -> Builder {
        self.postgres.set("password_provider").password_provider = Some(PasswordProvider::new(provide));
        self
    }

    /// Takes what the address of a PostgreSQL database does not say from the environment variables
    /// of libpq (<https://www.postgresql.org/docs/current/libpq-envars.html>), and the password
    /// from its password file. By default, nothing is taken from there.
    ///
    /// The variables are `PGHOST`, `PGPORT`, `PGUSER`, `PGPASSWORD`, `PGDATABASE`, `PGPASSFILE`,
    /// `PGAPPNAME`, `PGOPTIONS`, `PGCONNECT_TIMEOUT`, `PGTARGETSESSIONATTRS`,
    /// `PGLOADBALANCEHOSTS`, `PGCHANNELBINDING`, `PGSSLMODE`, `PGSSLROOTCERT`, `PGSSLCERT` and
    /// `PGSSLKEY`. The password file is `~/.pgpass`; on Unix, only its owner may have access to
    /// it.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result};
    /// # async fn run() -> Result<()> {
    /// let db = Database::builder("postgres://").libpq_environment().open().await?;
    /// # db.close().await
    /// # }
    /// ```
    pub fn libpq_environment(mut self) -> Builder {
        self.postgres.set("libpq_environment").libpq_environment = true;
        self
    }

    /// Adds a replica of the database: a standby that follows its primary. Reads that say so, by
    /// [`on_replica`](crate::Executor::on_replica), and transactions of the mode
    /// [`ReadOnly`](crate::TransactionMode::ReadOnly) go there. May be called several times; reads
    /// are spread over the replicas.
    ///
    /// While a replica cannot be reached, is [too far behind](Builder::max_replica_lag), or
    /// cancels a read because of what it has to apply, the read runs on another one, and on the
    /// database itself if there is none. What a replica shows may be a moment old, so that a row
    /// that was just written may be missing. `open` does not wait for the replicas:
    /// [`replicas`](crate::Database::replicas) says how they are.
    ///
    /// The address is that of a server, as for [`open`](crate::Database::open), or of several, of
    /// which each connection goes to the first that can be reached.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result};
    /// # async fn run() -> Result<()> {
    /// let db = Database::builder("postgres://shop@db1.example.com/shop")
    ///     .replica("postgres://shop@db2.example.com/shop")
    ///     .replica("postgres://shop@db3.example.com/shop")
    ///     .open()
    ///     .await?;
    /// # db.close().await
    /// # }
    /// ```
    pub fn replica(mut self, address: impl Into<String>) -> Builder {
        self.postgres.set("replica").replicas.push(ReplicaAddress(address.into()));
        self
    }

    /// Sets the maximum number of connections to the [replicas](Builder::replica) together, which
    /// are divided as those of [`connections`](Builder::connections). Default: as many as
    /// `connections`.
    pub fn replica_connections(mut self, connections: u32) -> Builder {
        self.postgres.set("replica_connections").replica_connections = Some(connections.clamp(2, 65_536));
        self
    }

    /// Sets how far a [replica](Builder::replica) may be behind: one that is further behind gets
    /// no reads. Default: as far as it is.
    ///
    /// Before a read, a replica is asked for its lag if the last answer is more than a second old.
    /// A replica that has applied all that it has received is not behind, however old the last
    /// write is; otherwise its lag is the age of the last transaction that it has applied, so the
    /// clocks of the servers must agree. That it no longer receives anything, although the
    /// connection to its primary is open, it notices after its `wal_receiver_timeout`.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use aio_runtime::{Database, Result};
    /// # async fn run() -> Result<()> {
    /// let db = Database::builder("postgres://shop@db1.example.com/shop")
    ///     .replica("postgres://shop@db2.example.com/shop")
    ///     .max_replica_lag(Duration::from_secs(5))
    ///     .open()
    ///     .await?;
    /// # db.close().await
    /// # }
    /// ```
    pub fn max_replica_lag(mut self, lag: Duration) -> Builder {
        self.postgres.set("max_replica_lag").max_replica_lag = Some(lag);
        self
    }

    pub(super) async fn open_postgres(mut self) -> Result<Arc<dyn Backend>> {
        let PostgresSettings { connections, idle_timeout, max_replica_lag: max_lag, .. } = self.postgres;
        let options = self.options(&self.address.to_string_lossy())?;
        let of_replica = |ReplicaAddress(address): &ReplicaAddress| {
            self.options(address).map_err(|error| error.context("the address of a replica"))
        };
        let replicas = self.postgres.replicas.iter().map(of_replica).collect::<Result<Vec<_>>>()?;
        let lanes = lanes_of(connections);
        let explicit = self.settings.connections;
        let of_replicas = self.postgres.replica_connections.unwrap_or(connections);
        let replica_lanes = lanes_of(of_replicas);
        let replicas = ReplicaOptions {
            replicas,
            max_lag,
            lanes: replica_lanes,
            connections: explicit.min(of_replicas - replica_lanes),
        };
        self.settings.connections = explicit.min(connections - lanes);
        self.settings.idle_timeout = Some(idle_timeout);
        Ok(Engine::open(options, self.settings, lanes, replicas).await?)
    }

    /// Parses an address, and adds the settings of its connections.
    fn options(&self, address: &str) -> Result<PostgresOptions> {
        let PostgresSettings { max_lifetime, statement_savepoints, wait_for_server, .. } = self.postgres;
        let variable = |name: &str| std::env::var(name).ok();
        let mut options = PostgresOptions::parse(address, self.postgres.libpq_environment.then_some(&variable))?;
        if let Some(provider) = &self.postgres.password_provider {
            options.set_password_provider(provider.clone())?;
        }
        (options.max_lifetime, options.statement_savepoints) = (max_lifetime, statement_savepoints);
        options.wait_for_server = wait_for_server.unwrap_or(WAIT_FOR_SERVER.min(self.settings.acquire_timeout));
        Ok(options)
    }
}

/// Returns how many of these connections serve statements on the database itself.
fn lanes_of(connections: u32) -> u32 {
    let cores = std::thread::available_parallelism().map_or(2, |cores| cores.get());
    (connections / 2).min(u32::try_from(2 * cores).unwrap_or(u32::MAX)).max(1)
}
