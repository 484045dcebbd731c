//! The names of connections and their threads.

use std::sync::Arc;

/// The name of a connection and of its thread.
pub(crate) type Name = Arc<str>;

/// The prefix of every name.
pub(super) const PREFIX: &str = "aio-sql ";

/// Returns the name of a thread and of its connection: the prefix and `what`.
pub(crate) fn name_of(what: &str) -> Name {
    format!("{PREFIX}{what}").into()
}
