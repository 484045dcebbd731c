//! The names of connections and their threads.

use std::sync::Arc;

/// The name of a connection and of its thread.
pub(crate) type Name = Arc<str>;

/// The prefix of every name.
pub(super) const PREFIX: &str = "aio-sql ";

/// Returns the name of a thread and of the connection that it owns.
pub(crate) fn name_of(what: &str) -> Name {
    format!("{PREFIX}{what}").into()
}
