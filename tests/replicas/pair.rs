//! A primary with a standby.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use aio_sql::{Builder, Database, Result, query};
use servers::postgres::{Server, Settings};

use crate::fill;

/// A primary with a standby.
pub(crate) struct Pair {
    pub(crate) primary: Server,
    pub(crate) standby: Server,
}

pub(crate) fn settings() -> Settings {
    Settings::default().port(0).access("host all all 127.0.0.1/32 trust")
}

/// Returns the address of a database on a server.
pub(crate) fn address_in(server: &Server, database: &str) -> String {
    format!("postgres://postgres:secret@127.0.0.1:{}/{database}", server.port())
}

impl Pair {
    /// Starts both.
    pub(crate) fn start() -> Pair {
        Pair::start_with(&settings())
    }

    /// Starts a pair of which the standby has these settings.
    pub(crate) fn start_with(of_standby: &Settings) -> Pair {
        let primary = Server::start(&settings());
        let standby = primary.start_standby(of_standby);
        Pair { primary, standby }
    }

    /// Returns the pair of the tests that harm no server.
    pub(crate) fn shared() -> &'static Pair {
        static SHARED: OnceLock<Pair> = OnceLock::new();
        SHARED.get_or_init(Pair::start)
    }

    /// Creates a database with the tables, which the standby has, too. Returns its name.
    pub(crate) async fn create_database(&self) -> Result<String> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let db = Database::open(address_in(&self.primary, "postgres")).await?;
        query(format!("create database {name} strategy wal_log template template0")).execute(&db).await?;
        let db = Database::open(address_in(&self.primary, &name)).await?;
        fill(&db).await?;
        self.catch_up();
        Ok(name)
    }

    /// Returns a builder for the database on the primary, with the standby as its replica.
    pub(crate) fn builder(&self, name: &str) -> Builder {
        Database::builder(address_in(&self.primary, name)).replica(address_in(&self.standby, name))
    }

    /// Waits until the standby shows what the primary has written.
    pub(crate) fn catch_up(&self) {
        self.wait_for_standby("pg_last_wal_replay_lsn()");
    }

    /// Waits until a position of the standby is that of the primary now.
    pub(crate) fn wait_for_standby(&self, position: &str) {
        let written = self.primary.run("select pg_current_wal_lsn()")[0][0].clone().unwrap();
        self.standby.wait_until("the standby has caught up", &format!("select where {position} >= '{written}'"));
    }
}

/// Waits until a condition holds.
pub(crate) async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let begin = Instant::now();
    while !condition().await {
        assert!(begin.elapsed() < Duration::from_secs(60), "in vain it was waited until {what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
