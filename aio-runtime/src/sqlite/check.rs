//! The look through a whole file for damage
//! (<https://sqlite.org/pragma.html#pragma_integrity_check>).

use rusqlite::Connection;

use super::error::typed;
use crate::error::{Error, ErrorKind, Result};

/// Fails with what was found to be damaged.
pub(crate) fn check(raw: &Connection) -> Result<()> {
    let found = || -> rusqlite::Result<Vec<String>> {
        let mut statement = raw.prepare("SELECT integrity_check FROM pragma_integrity_check()")?;
        statement.query_map([], |row| row.get(0))?.collect()
    };
    match &found().map_err(typed)?[..] {
        [fine] if fine == "ok" => Ok(()),
        found => Err(Error::new(ErrorKind::Corrupt, format!("the database file is damaged: {}", found.join("; ")))),
    }
}
