//! The server that all tests of a process share.

use std::env;
use std::io;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use aio_sql::{Database, Result, sql};

use super::admin::Admin;
use super::pooler::{Pooler, PoolerSettings};
use super::programs::Programs;
use super::server::Server;
use super::settings::Settings;

/// What is said where there is no server.
pub(super) const NONE: &str = "these tests need a PostgreSQL server. `./test` brings one; or install PostgreSQL 15 or \
     later (Debian: `apt-get install postgresql`), name the folder of its programs by AIO_SQL_POSTGRES_BIN, or a \
     server by AIO_SQL_POSTGRES_URL. With AIO_SQL_SERVERS=none the tests are left out.";

/// The server that all tests of a process share.
#[derive(Debug)]
pub enum Shared {
    /// A server that runs already, at an address.
    Running(String),
    /// A private one, and a connection to it.
    Private(Server, Mutex<Admin>),
    /// The same, and the pooler through which the tests go.
    Pooled(Server, Mutex<Admin>, Pooler),
}

/// The variable that lets the tests go through a pooler. With `declared` the address says so, with
/// `undeclared` it does not.
const POOLER: &str = "AIO_SQL_POOLER";

/// The number of sessions that the pooler takes by turns for each test.
const SESSIONS: u32 = 8;

/// Those that are there before a test begins.
const FIRST_SESSIONS: usize = 3;

/// Returns whether the tests of this process go through a pooler.
pub fn is_pooled() -> bool {
    matches!(shared(), Some(Shared::Pooled(..)))
}

/// Returns the server that all tests of this process share, or `None` if tests that need a server
/// are left out.
///
/// # Panics
/// Panics if there is no server.
pub fn shared() -> Option<&'static Shared> {
    static SHARED: OnceLock<Option<Shared>> = OnceLock::new();
    let shared = SHARED.get_or_init(|| {
        if env::var("AIO_SQL_SERVERS").is_ok_and(|value| value == "none") {
            eprintln!("AIO_SQL_SERVERS=none: tests that need a server are left out");
            return None;
        }
        if let Ok(address) = env::var("AIO_SQL_POSTGRES_URL") {
            assert!(env::var_os(POOLER).is_none(), "{POOLER} needs a server of the tests' own");
            return Some(Shared::Running(address));
        }
        assert!(!Programs::all().is_empty(), "{NONE}");
        let is_pooled = env::var_os(POOLER).is_some_and(|value| !value.is_empty());
        let settings = Settings::default();
        // Each test has sessions of its own, which remain for a while.
        let settings = if is_pooled { settings.line("max_connections = 800") } else { settings };
        let server = Server::start(&settings);
        let admin = Mutex::new(server.connect().expect("the server has been started"));
        if !is_pooled {
            return Some(Shared::Private(server, admin));
        }
        // A test whose transactions wait for each other and have too few sessions ends soon.
        let settings = PoolerSettings::sessions(SESSIONS).line("query_wait_timeout = 20");
        let pooler = Pooler::start(&server, &settings);
        Some(Shared::Pooled(server, admin, pooler))
    });
    shared.as_ref()
}

/// Returns the address of the same schema without the pooler, if the tests of this process go
/// through one.
pub fn direct(address: &str) -> String {
    let Some(Shared::Pooled(server, ..)) = shared() else { return address.to_owned() };
    let (user, _) = address.split_once('@').expect("an address with a user");
    format!("{user}@/postgres?host={}", server.socket_folder().display())
}

/// An empty schema, which is a database of its own for a test.
///
/// A real database would take 40 ms to create, this takes less than one. Collations are created in
/// the schema too, and a name without a schema is looked for there only. What remains common is
/// what tests seldom change: roles, extensions, and the locks and channels that programs agree on.
#[derive(Debug)]
pub struct Schema {
    name: String,
    address: String,
}

impl Schema {
    /// Returns the address of the database with the schema as the only `search_path`.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Shared {
    /// Makes a schema for a test.
    ///
    /// # Errors
    /// Fails if the server refuses it.
    pub async fn create_schema(&self) -> Result<Schema> {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}_{}", process::id(), LAST.fetch_add(1, Ordering::Relaxed));
        self.run(&format!("create schema {name}")).await?;
        let address = match self {
            Shared::Running(address) => address.clone(),
            Shared::Private(server, _) => server.address(),
            Shared::Pooled(_, _, pooler) => return self.create_user(pooler, name).await,
        };
        let separator = if address.contains('?') { '&' } else { '?' };
        Ok(Schema { address: format!("{address}{separator}search_path={name}"), name })
    }

    /// Removes the schema of a test that has ended. What a private server has is removed with it.
    ///
    /// # Errors
    /// Fails if the server refuses it.
    pub async fn drop_schema(&self, schema: Schema) -> Result<()> {
        match self {
            Shared::Running(_) => self.run(&format!("drop schema {} cascade", schema.name)).await,
            Shared::Private(..) => Ok(()),
            Shared::Pooled(..) => {
                let end = "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename";
                self.run(&format!("{end} = '{}'", schema.name)).await
            }
        }
    }

    /// Makes a user for a schema: behind a pooler, a setting belongs to the user.
    async fn create_user(&self, pooler: &Pooler, name: String) -> Result<Schema> {
        self.run(&format!("create role {name} superuser login; alter role {name} set search_path = {name}")).await?;
        // While all of them are in a transaction, each has a session of its own.
        let connect = |_| pooler.connect(&name, "postgres").expect("a pooler that reaches its server");
        let mut clients: Vec<_> = (0..FIRST_SESSIONS).map(connect).collect();
        for statement in ["begin", "commit"] {
            for client in &mut clients {
                client.run(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
            }
        }
        let is_declared = env::var_os(POOLER).is_some_and(|value| value == "declared");
        let declared = if is_declared { "&pooler=transaction" } else { "" };
        Ok(Schema { address: format!("{}{declared}", pooler.address(&name, "postgres")), name })
    }

    /// Returns whether the server can compare texts without regard to case, which it can if it was
    /// built with ICU.
    ///
    /// # Errors
    /// Fails if the server cannot be asked.
    pub async fn has_icu(&self) -> Result<bool> {
        // One collation of this kind is in the catalogue of every server.
        let text = "select count(*) > 1 from pg_collation where collprovider = 'i'";
        match self {
            Shared::Running(address) => {
                let db = Database::open(address).await?;
                sql!("select count(*) > 1 from pg_collation where collprovider = 'i'").scalar(&db).await
            }
            Shared::Private(_, admin) | Shared::Pooled(_, admin, _) => {
                let rows = admin.lock().unwrap_or_else(PoisonError::into_inner).run(text).map_err(io::Error::from);
                Ok(rows.expect("the catalogue") == [[Some("t".to_owned())]])
            }
        }
    }

    async fn run(&self, statement: &str) -> Result<()> {
        match self {
            Shared::Running(address) => {
                let db = Database::open(address).await?;
                db.execute_script(statement).await?;
                db.close().await
            }
            Shared::Private(_, admin) | Shared::Pooled(_, admin, _) => {
                let outcome = admin.lock().unwrap_or_else(PoisonError::into_inner).run(statement);
                outcome.map(drop).unwrap_or_else(|error| panic!("{statement}: {error}"));
                Ok(())
            }
        }
    }
}
