//! Whether an insert has met a row that is there: SQLite gives the row back, and does not say
//! which it is.
//!
//! The update of the row that is there calls a function that remembers it, and what comes back
//! asks another one. Both are called by one statement on the thread of the connection, so that
//! what is remembered stands there.

use std::cell::Cell;

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use crate::sql::dialect::{HAD_CONFLICT, ON_CONFLICT};

thread_local! {
    static MET: Cell<bool> = const { Cell::new(false) };
}

/// Forgets the row that the statement before has met.
pub(super) fn forget() {
    MET.set(false);
}

/// Adds the two functions to a connection. A file may not call them.
pub(super) fn add_functions(raw: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY;
    raw.create_scalar_function(ON_CONFLICT, 0, flags, |_| {
        MET.set(true);
        Ok(true)
    })?;
    raw.create_scalar_function(HAD_CONFLICT, 0, flags, |_| Ok(MET.get()))
}
