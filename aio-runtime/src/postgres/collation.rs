//! The collation that ignores case, for statements that use it before a table has created it.

use super::connection::Connection;
use crate::error::Result;
use crate::sql::dialect::{CREATE_NOCASE, NOCASE};
use crate::value::Value;

/// Limits how long to wait for a transaction that is creating the collation, too, until the end of
/// the transaction.
const LIMIT: &str = "SELECT set_config('lock_timeout', '4s', true)";

/// Returns whether a statement uses the collation.
pub(super) fn is_used(text: &str) -> bool {
    text.split(" COLLATE \"").skip(1).any(|rest| rest.strip_prefix(NOCASE).is_some_and(|rest| rest.starts_with('"')))
}

/// Returns whether the collation exists, as the session sees it.
pub(super) fn exists(connection: &mut Connection) -> Result<bool> {
    let rows = connection.query(&format!("SELECT to_regcollation('\"{NOCASE}\"') IS NOT NULL"), &[])?;
    Ok(rows.first().and_then(|row| row.first()) == Some(&Value::Integer(1)))
}

/// Creates the collation, on a connection of its own: a transaction may be read-only, or may be
/// rolled back.
///
/// # Errors
/// Fails if the role may not create it, or the server cannot.
pub(super) fn create(connection: &mut Connection) -> Result<()> {
    // Statements that are sent as one text are one transaction.
    let result = connection.run(&format!("{LIMIT}; {CREATE_NOCASE}"));
    let Err(failure) = result else { return Ok(()) };
    // Another session may have been first.
    if exists(connection).unwrap_or(false) {
        return Ok(());
    }
    let remark = format!(
        "the statement needs a collation that does not exist: let a role that may create it run {CREATE_NOCASE}"
    );
    Err(failure.into_error(CREATE_NOCASE).with_remark(&remark))
}
