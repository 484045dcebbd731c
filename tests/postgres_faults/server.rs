//! PostgreSQL servers of the tests' own, which they can kill.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use aio_sql::{Database, Result, query};
use servers::postgres::{Server, Settings};

/// Starts a server that listens on a port, so that something can stand between. It does not
/// survive a loss of power.
fn settings() -> Settings {
    let settings = Settings::default().port(0).access("host all all 127.0.0.1/32 trust");
    settings.line("deadlock_timeout = '50ms'")
}

/// Starts a server, and another one that follows it. Each commit waits until the other has it.
pub(crate) fn primary_and_standby() -> (Server, Server) {
    let primary = Server::start(&settings());
    let standby = primary.start_standby(&settings());
    primary.wait_for_standbys();
    (primary, standby)
}

/// Starts a server that follows another one, on the port of one that has ended.
pub(crate) fn standby_on(port: u16, primary: &Server) -> Server {
    primary.start_standby(&settings().port(port))
}

/// Returns the address of the one of two servers that can write.
pub(crate) fn address_of_both(servers: [&Server; 2]) -> String {
    let [one, other] = servers.map(|server| format!("127.0.0.1:{}", server.port()));
    format!("postgres://postgres@{one},{other}/postgres?target_session_attrs=read-write")
}

/// Starts a server that writes to the disk whatever it says it has written.
pub(crate) fn durable() -> Server {
    Server::start(&settings().durable())
}

/// Returns the server that tests share which do not harm it.
pub(crate) fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| Server::start(&settings()))
}

/// Returns the address of a database of a server.
pub(crate) fn address_in(server: &Server, database: &str) -> String {
    address(server.port(), database)
}

/// Returns the address of a database behind a port of this machine.
pub(crate) fn address(port: u16, database: &str) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/{database}")
}

/// Creates an empty database on the shared server, and returns its name.
pub(crate) async fn create_database() -> Result<String> {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let db = Database::open(address_in(shared(), "postgres")).await?;
    query(format!("create database {name} strategy wal_log template template0")).execute(&db).await?;
    db.close().await?;
    Ok(name)
}
