//! The command that runs a checkpoint.

use std::time::Duration;

use super::Restart;
use crate::engine::{BackendCommand, Command};

/// The mode of a checkpoint (<https://sqlite.org/c3ref/wal_checkpoint_v2.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checkpoint {
    /// Checkpoints as much as possible without waiting for readers or writers.
    Passive,
    /// Checkpoints the whole write-ahead log, so that the next commit overwrites it from the
    /// beginning.
    Restart,
    /// Checkpoints the whole write-ahead log and truncates its file.
    Truncate,
}

/// The command to checkpoint the whole write-ahead log, which waits at most `busy_timeout` for
/// connections that use the log.
pub(crate) struct CheckpointCommand {
    /// Lets the reads that are held back continue after the checkpoint. `None` if the command
    /// truncates the log, for which no reads are held back.
    pub(super) restart: Option<Restart>,
    pub(super) busy_timeout: Duration,
}

impl CheckpointCommand {
    /// Returns a command that truncates the write-ahead log.
    pub(crate) fn truncate(busy_timeout: Duration) -> Command {
        Command::Backend(Box::new(CheckpointCommand { restart: None, busy_timeout }))
    }

    /// Returns a command that restarts the write-ahead log.
    pub(super) fn restart(restart: Restart) -> Command {
        // Reads in this process are held back; those of other processes are not waited for.
        Command::Backend(Box::new(CheckpointCommand { restart: Some(restart), busy_timeout: Duration::ZERO }))
    }
}

impl BackendCommand for CheckpointCommand {
    fn name(&self) -> &'static str {
        "checkpoint"
    }
}
