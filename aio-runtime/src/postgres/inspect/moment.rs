//! Reads a schema as it was at one moment.

use super::namespaces::Namespaces;
use super::row::rows;
use crate::error::{Error, ErrorKind, Result};
use crate::postgres::connection::Connection;

/// How often a schema is read that changes while it is read.
const ATTEMPTS: u32 = 100;

/// A number that changes with every definition in the schemas: `xmin` is the transaction that has
/// written the row.
const STATE: &str = "select coalesce(sum(hashtextextended(part, 0)::numeric), 0)::text from (
    select concat('c', c.oid, ' ', c.xmin) as part from pg_catalog.pg_class c
    where c.relnamespace = any($1::oid[])
    union all select concat('a', a.attrelid, ' ', a.attnum, ' ', a.xmin) from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid where c.relnamespace = any($1::oid[])
    union all select concat('d', d.oid, ' ', d.xmin) from pg_catalog.pg_attrdef d
    join pg_catalog.pg_class c on c.oid = d.adrelid where c.relnamespace = any($1::oid[])
    union all select concat('i', i.indexrelid, ' ', i.xmin) from pg_catalog.pg_index i
    join pg_catalog.pg_class c on c.oid = i.indexrelid where c.relnamespace = any($1::oid[])
    union all select concat('o', o.oid, ' ', o.xmin) from pg_catalog.pg_constraint o
    where o.connamespace = any($1::oid[])
    union all select concat('t', t.oid, ' ', t.xmin) from pg_catalog.pg_trigger t
    join pg_catalog.pg_class c on c.oid = t.tgrelid where c.relnamespace = any($1::oid[])
    union all select concat('r', r.oid, ' ', r.xmin) from pg_catalog.pg_rewrite r
    join pg_catalog.pg_class c on c.oid = r.ev_class where c.relnamespace = any($1::oid[])
    union all select concat('y', y.oid, ' ', y.xmin) from pg_catalog.pg_type y
    where y.typnamespace = any($1::oid[])
    union all select concat('e', e.oid, ' ', e.xmin) from pg_catalog.pg_enum e
    join pg_catalog.pg_type y on y.oid = e.enumtypid where y.typnamespace = any($1::oid[])
) parts";

/// Calls `read`, and again if the schemas have changed meanwhile.
///
/// A transaction with one snapshot would not suffice: the functions that return the text of a
/// definition, such as `pg_get_indexdef`, always read the newest one.
pub(super) fn at_one_moment<T>(
    connection: &mut Connection,
    namespaces: &Namespaces,
    mut read: impl FnMut(&mut Connection) -> Result<T>,
) -> Result<T> {
    for _ in 0..ATTEMPTS {
        let before = state(connection, namespaces)?;
        let result = without_failing(connection, &mut read);
        // The server locks each table while it writes the text of a definition, so that another
        // transaction may wait for this one, and this one for it.
        if result.as_ref().is_err_and(|error| *error.kind() == ErrorKind::Conflict) {
            continue;
        }
        let is_final = |error: &Error| {
            matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::Disconnected | ErrorKind::Timeout)
        };
        if result.as_ref().is_err_and(is_final) || state(connection, namespaces)? == before {
            return result;
        }
    }
    Err(Error::new(ErrorKind::Conflict, "other sessions change the schema all the time, so that it cannot be read"))
}

fn state(connection: &mut Connection, namespaces: &Namespaces) -> Result<String> {
    let mut state = rows(connection, STATE, &[namespaces.oids()])?;
    state.next().map_or(Ok(String::new()), |mut row| row.text())
}

/// Calls `read`. An error does not end the transaction that may be open.
fn without_failing<T>(connection: &mut Connection, read: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
    if !connection.in_transaction() {
        return read(connection);
    }
    let mut run = Savepoint::set(connection)?;
    let result = read(run.connection());
    match &result {
        Ok(_) => run.release()?,
        Err(_) => run.roll_back()?,
    }
    result
}

/// A savepoint of the library's own in the open transaction.
pub(super) struct Savepoint<'a>(&'a mut Connection);

impl Savepoint<'_> {
    pub(super) fn set(connection: &mut Connection) -> Result<Savepoint<'_>> {
        run(connection, "SAVEPOINT aio_sql_inspect")?;
        Ok(Savepoint(connection))
    }

    pub(super) fn connection(&mut self) -> &mut Connection {
        self.0
    }

    /// Keeps what was done since the savepoint was set.
    pub(super) fn release(self) -> Result<()> {
        run(self.0, "RELEASE aio_sql_inspect")
    }

    /// Takes back what was done since the savepoint was set.
    pub(super) fn roll_back(self) -> Result<()> {
        if self.0.is_lost() {
            return Ok(());
        }
        run(self.0, "ROLLBACK TO aio_sql_inspect; RELEASE aio_sql_inspect")
    }
}

/// Runs a statement without values.
pub(super) fn run(connection: &mut Connection, text: &str) -> Result<()> {
    connection.run(text).map_err(|failure| failure.into_error(text))
}
