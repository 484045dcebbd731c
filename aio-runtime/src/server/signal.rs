//! Wakes a thread that waits for a socket.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags};

use super::socket::wait_for_any;

/// Wakes a thread that waits for it, and perhaps for a socket at the same time.
#[derive(Debug)]
pub(crate) struct Signal {
    reader: PipeReader,
    writer: PipeWriter,
    /// Whether a byte is in the pipe, or is about to be. There is never a second one, so that
    /// writing does not block.
    is_set: AtomicBool,
}

impl Signal {
    /// # Errors
    /// Fails if the process has too many open files.
    pub(crate) fn new() -> io::Result<Signal> {
        let (reader, writer) = io::pipe()?;
        Ok(Signal { reader, writer, is_set: AtomicBool::new(false) })
    }

    /// Wakes the thread, now or when it waits the next time.
    pub(crate) fn set(&self) {
        if !self.is_set.swap(true, Ordering::AcqRel) {
            // This cannot fail while the other end of the pipe exists.
            drop((&self.writer).write_all(&[0]));
        }
    }

    /// Takes the signal back. What was changed before it was set is visible after this call.
    pub(crate) fn clear(&self) {
        if self.is_set.load(Ordering::Acquire) {
            drop((&self.reader).read_exact(&mut [0]));
            self.is_set.store(false, Ordering::Release);
        }
    }

    /// Waits until the signal is set, or until this time has passed.
    pub(crate) fn wait(&self, time: Duration) -> io::Result<()> {
        wait_for_any(&mut [PollFd::new(self.reader.as_fd(), PollFlags::POLLIN)], time)?;
        Ok(())
    }
}

impl AsFd for Signal {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reader.as_fd()
    }
}
