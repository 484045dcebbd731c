//! Writing the write-ahead log into the file.

use std::time::Duration;

use super::Restart;
use crate::engine::{Command, OwnCommand};

/// How thorough a checkpoint is (<https://sqlite.org/c3ref/wal_checkpoint_v2.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checkpoint {
    /// As far as it goes beside readers and writers.
    Passive,
    /// All of it, so that the next commit begins the log anew.
    Restart,
    /// All of it, and the log's file is made empty.
    Truncate,
}

/// Asks for the log to be written into the file and, if nobody reads from it for as long as
/// `busy_timeout` says, to be emptied or begun anew.
pub(crate) struct WriteLog {
    /// Those who read, held back until the log is begun anew; `None` where it is to be emptied.
    pub(super) restart: Option<Restart>,
    pub(super) busy_timeout: Duration,
}

impl WriteLog {
    /// Asks for the log to be emptied.
    pub(crate) fn emptied(busy_timeout: Duration) -> Command {
        Command::Own(Box::new(WriteLog { restart: None, busy_timeout }))
    }

    /// Asks for the log to be begun anew.
    pub(super) fn begun_anew(restart: Restart) -> Command {
        // Readers of this process have made way; those of others are not waited for.
        Command::Own(Box::new(WriteLog { restart: Some(restart), busy_timeout: Duration::ZERO }))
    }
}

impl OwnCommand for WriteLog {
    fn name(&self) -> &'static str {
        "checkpoint"
    }
}
