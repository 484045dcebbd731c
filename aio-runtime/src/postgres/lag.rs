//! How far a standby is behind its primary.

use std::time::Duration;

use super::connection::Connection;
use crate::error::Result;
use crate::value::Value;

/// Whether the server is a standby; the bytes that it has received and not applied; the age of the
/// last transaction that it has applied, in microseconds; and whether it receives. Who may not see
/// the state of the receiver sees that it exists
/// (<https://www.postgresql.org/docs/current/monitoring-stats.html>).
const LAG: &str = "SELECT pg_is_in_recovery()::int, \
     pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::bigint, \
     (extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000000)::bigint, \
     (SELECT count(*) FROM pg_stat_wal_receiver WHERE coalesce(status, 'streaming') = 'streaming')";

/// How far a server is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lag {
    /// The server shows what was committed before this time; `None` if that is not known.
    pub(super) time: Option<Duration>,
    /// The bytes of the log that it has received and not applied; `None` if it receives none.
    pub(super) bytes: Option<u64>,
}

impl Lag {
    /// Asks a server.
    ///
    /// # Errors
    /// Fails if the connection is lost.
    pub(super) fn of(connection: &mut Connection) -> Result<Lag> {
        let rows = connection.query(LAG, &[])?;
        let number = |column: usize| match rows.first().and_then(|row| row.get(column)) {
            Some(Value::Integer(number)) => Some(*number),
            _ => None,
        };
        Ok(Lag::from_numbers(number(0) == Some(1), number(1), number(2), number(3).is_some_and(|count| count > 0)))
    }

    fn from_numbers(is_standby: bool, bytes: Option<i64>, age: Option<i64>, receives: bool) -> Lag {
        if !is_standby {
            return Lag { time: Some(Duration::ZERO), bytes: Some(0) };
        }
        // What was received after the first number was read may already be applied.
        let bytes = bytes.map(|bytes| u64::try_from(bytes).unwrap_or(0));
        let age = age.map(|age| Duration::from_micros(u64::try_from(age).unwrap_or(0)));
        match receives && bytes == Some(0) {
            // The primary has written nothing since. A standby that receives nothing cannot know
            // that.
            true => Lag { time: Some(Duration::ZERO), bytes },
            false => Lag { time: age, bytes },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Lag;

    #[test]
    fn a_standby_that_has_applied_all_that_it_receives_is_not_behind_however_old_the_last_write_is() {
        let hour = 3_600_000_000;
        let time = |is_standby, bytes, age, receives| Lag::from_numbers(is_standby, bytes, age, receives).time;
        assert_eq!(time(true, Some(0), Some(hour), true), Some(Duration::ZERO));
        assert_eq!(time(true, Some(-8), Some(hour), true), Some(Duration::ZERO));
        assert_eq!(time(true, Some(8), Some(hour), true), Some(Duration::from_secs(3600)));
        // It has lost the primary, which may have written.
        assert_eq!(time(true, Some(0), Some(hour), false), Some(Duration::from_secs(3600)));
        assert_eq!(time(true, None, None, false), None);
        assert_eq!(time(false, None, None, false), Some(Duration::ZERO));
    }
}
