//! The statements of advisory locks
//! (<https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADVISORY-LOCKS>).

use crate::engine::{AdvisoryLockKind, AdvisoryLockStatements};

/// Returns the statements of a lock.
pub(super) fn advisory_lock(kind: AdvisoryLockKind) -> AdvisoryLockStatements {
    let key = if kind.has_text_key { "hashtextextended($1, 0)" } else { "$1::bigint" };
    let of = if kind.of_transaction { "_xact" } else { "" };
    let (shared, mode) = if kind.is_shared { ("_shared", "ShareLock") } else { ("", "ExclusiveLock") };
    AdvisoryLockStatements {
        lock: format!("SELECT pg_advisory{of}_lock{shared}({key})"),
        try_lock: format!("SELECT pg_try_advisory{of}_lock{shared}({key})"),
        unlock: format!("SELECT pg_advisory_unlock{shared}({key})"),
        // A key of one number is shown as the two halves of that number.
        is_held: format!(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted \
             AND mode = '{mode}' AND objsubid = 1 AND (classid::bigint << 32 | objid::bigint) = {key})"
        ),
    }
}
