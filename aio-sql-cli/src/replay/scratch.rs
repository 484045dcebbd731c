//! A database that is created on a server for a moment.

use std::hash::{BuildHasher, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

use aio_sql::{Database, Result, query};

use crate::database::Address;

/// A database that exists as long as this value. Dropping it removes the database, too, so that it
/// does not survive an error or Ctrl-C.
#[derive(Debug)]
pub(super) struct ScratchDatabase {
    /// The address by which it was created.
    server: Address,
    address: Address,
    name: String,
    is_removed: bool,
}

/// How the names of all such databases begin. The second of their creation follows.
const PREFIX: &str = "aio_sql_scratch_";

/// The age from which a database that nobody uses was left behind by a process that was killed.
const FORGOTTEN: u64 = 24 * 60 * 60;

/// The databases of this kind that no session uses.
const UNUSED: &str = "select d.datname::text from pg_catalog.pg_database d
    where starts_with(d.datname, 'aio_sql_scratch_') and pg_catalog.pg_has_role(d.datdba, 'USAGE')
        and not exists (select 1 from pg_catalog.pg_stat_activity a where a.datname = d.datname)";

impl ScratchDatabase {
    /// Returns a name that no other process and no other moment has.
    pub(super) fn new_name() -> String {
        let random = RandomState::new().hash_one(std::process::id());
        format!("{PREFIX}{}_{random:016x}", now())
    }

    /// Creates a database, and removes those that processes which were killed have left behind.
    pub(super) async fn create(address: &Address, server: &Database) -> Result<ScratchDatabase> {
        let name = ScratchDatabase::new_name();
        let created = server.execute_script(format!("CREATE DATABASE {name} TEMPLATE template0"));
        // From here on the database may exist, also if the future is dropped.
        let scratch =
            ScratchDatabase { server: address.clone(), address: address.with_database(&name), name, is_removed: false };
        match created.await {
            Ok(()) => {
                scratch.remove_forgotten(server).await;
                Ok(scratch)
            }
            Err(error) => {
                scratch.forget();
                Err(error)
            }
        }
    }

    /// Returns the address of the database.
    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// Removes the database, and ends the sessions that use it.
    pub(super) async fn remove(mut self) -> Result<()> {
        let removed = remove(&self.server, &self.name).await;
        self.is_removed = removed.is_ok();
        removed
    }

    fn forget(mut self) {
        self.is_removed = true;
    }

    async fn remove_forgotten(&self, server: &Database) {
        let names: Result<Vec<String>> = query(UNUSED).all(server).await;
        let Ok(names) = names else { return };
        let is_forgotten = |name: &&String| {
            let second = name.strip_prefix(PREFIX).and_then(|rest| rest.split('_').next()?.parse::<u64>().ok());
            second.is_some_and(|second| second + FORGOTTEN < now())
        };
        for name in names.iter().filter(is_forgotten) {
            // It is no error of this process if another one is faster.
            let _ = server.execute_script(format!("DROP DATABASE IF EXISTS {name}")).await;
        }
    }
}

impl Drop for ScratchDatabase {
    fn drop(&mut self) {
        if self.is_removed {
            return;
        }
        let (server, name) = (self.server.clone(), self.name.clone());
        // The runtime of the caller may be the one that is ending.
        let removal = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| runtime.block_on(remove(&server, &name)))
        });
        let _ = removal.join();
    }
}

async fn remove(server: &Address, name: &str) -> Result<()> {
    let db = server.builder().open().await?;
    let removed = db.execute_script(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    db.close().await?;
    removed
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
