//! Detects whether an upsert has updated an existing row. SQLite returns the row in both cases and
//! does not say whether it was inserted or updated.
//!
//! The DO UPDATE clause calls a function that sets a flag. The RETURNING clause, or a query after
//! the statement, calls a function that reads it. All of this is one request on the connection's
//! thread, so the flag is a thread-local.

use std::cell::Cell;

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use crate::sql::dialect::{HAD_CONFLICT, ON_CONFLICT};

thread_local! {
    static MET: Cell<bool> = const { Cell::new(false) };
}

/// Clears the flag that says that an upsert has reached its DO UPDATE clause.
pub(super) fn forget() {
    MET.set(false);
}

/// Registers the functions that set and return the flag. The schema of a file cannot call them.
pub(super) fn add_functions(raw: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY;
    raw.create_scalar_function(ON_CONFLICT, 0, flags, |_| {
        MET.set(true);
        Ok(true)
    })?;
    raw.create_scalar_function(HAD_CONFLICT, 0, flags, |_| Ok(MET.get()))
}
