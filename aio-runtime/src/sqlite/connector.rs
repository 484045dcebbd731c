//! Opens the connections for the threads of a database.

use std::sync::{Arc, Mutex};

use super::admission::{Shared, SqliteAdmission};
use super::full_disk::FullDiskAdvice;
use super::options::Options;
use super::pool::Pool;
use super::sqlite_driver::SqliteDriver;
use crate::engine::errors::closed;
use crate::engine::sync::lock;
use crate::engine::{Name, Opener, Worker};
use crate::error::Result;

pub(super) type SqliteWorker = Worker<SqliteDriver, SqliteAdmission>;

/// The purpose of a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Writer,
    Reader,
    /// A connection for the exclusive use of one caller.
    Explicit,
}

/// Opens connections to one database.
pub(super) struct Connector {
    pub(super) options: Options,
    pub(super) shared: Shared,
    pool: Mutex<Option<Pool>>,
}

impl Connector {
    pub(super) fn new(options: Options, shared: Shared) -> Arc<Connector> {
        Arc::new(Connector { options, shared, pool: Mutex::default() })
    }

    /// Returns a function that opens connections for one role.
    pub(super) fn opener(self: &Arc<Connector>, role: Role) -> Opener<SqliteDriver, SqliteAdmission> {
        let connector = Arc::clone(self);
        Arc::new(move |name| connector.open(role, name))
    }

    /// Opens a connection. The first one has to be the writer's, and creates the file if
    /// necessary.
    fn open(&self, role: Role, name: &Name) -> Result<SqliteWorker> {
        let pool = {
            let mut pool = lock(&self.pool);
            match &*pool {
                Some(pool) => pool.clone(),
                None if role == Role::Writer => pool.insert(Pool::open(&self.options)?).clone(),
                None => return Err(closed()),
            }
        };
        let is_reader = role == Role::Reader;
        let checked_out = pool.check_out(&self.options);
        let (connection, log) = checked_out.map_err(|error| FullDiskAdvice::of(&self.options).add_context(error))?;
        let (is_shared, writes) = (role != Role::Explicit, !is_reader && !self.options.read_only);
        let driver = SqliteDriver::new(connection, is_shared, writes, log, &self.options)?;
        let meter = self.shared.meters.add(name);
        let admission = SqliteAdmission::new(self.shared.clone(), name, is_reader);
        Ok(Worker::new(driver, admission, name, meter, self.options.common.slow_threshold))
    }

    /// Closes the connections and waits until the file is closed. No more connections can be
    /// opened.
    pub(super) fn close(&self) {
        let pool = lock(&self.pool).take();
        if let Some(pool) = pool {
            pool.close();
        }
        self.options.remove_temporary();
    }
}
