//! What is known of a replica.

use std::time::Duration;

use crate::error::Error;

/// The state of a replica when it was asked for it; see
/// [`Database::replicas`](crate::Database::replicas).
///
/// ```
/// # use std::time::Duration;
/// # use aio_runtime::{Database, Result};
/// # async fn run(db: Database) -> Result<()> {
/// for replica in db.replicas().await? {
///     if replica.lag.is_none_or(|lag| lag > Duration::from_secs(10)) {
///         println!("{} is far behind, or cannot be reached", replica.address);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct ReplicaStatus {
    /// The address, without the password.
    pub address: String,
    /// Why the replica cannot be reached; `None` if it can.
    pub error: Option<Error>,
    /// How far the replica is behind at most: it shows what was committed longer ago. `None` if
    /// that is not known: it cannot be reached, or has lost its primary before it has applied
    /// anything.
    pub lag: Option<Duration>,
    /// The number of bytes that the replica has received from its primary, and does not show yet.
    /// `None` if that is not known.
    pub lag_bytes: Option<u64>,
    /// Whether reads go there. If not, it could not be reached or was too far behind when it was
    /// last looked at.
    pub is_used: bool,
    /// The number of requests that ran there.
    pub reads: u64,
    /// How often a connection has gone elsewhere, because the replica could not be reached, was
    /// too far behind, or has cancelled a read.
    pub fallbacks: u64,
}
