//! A blocking socket to a server, which is read while it is written.

use std::io::{self, Read};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};

use super::{Host, Watch};

/// How often a thread that waits for the server checks whether it may wait longer.
const TICK: Duration = Duration::from_millis(500);

/// The size that the buffer of received bytes has at first, and has again after a large message.
const BUFFER: usize = 64 * 1024;

/// The number of bytes for which there is room before the socket is read.
const LEAST_ROOM: usize = 16 * 1024;

/// The flags of every send: it returns at once if the system's buffer is full, and does not raise
/// a signal if the server has closed the connection.
#[cfg(not(target_vendor = "apple"))]
const SEND: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);
#[cfg(target_vendor = "apple")]
const SEND: SendFlags = SendFlags::DONTWAIT;

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Stream::Tcp(stream) => stream.as_fd(),
            Stream::Unix(stream) => stream.as_fd(),
        }
    }
}

impl Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => stream.read(buffer),
            Stream::Unix(stream) => stream.read(buffer),
        }
    }
}

/// A connection to a server, with a buffer of the bytes that were received.
///
/// Sending never blocks for longer than the server reads: while the server does not read, because
/// it waits for the client to read its answers, these are read into the buffer.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: Stream,
    watch: Arc<Watch>,
    buffer: Vec<u8>,
    /// The bytes from here to `end` were received and not yet consumed.
    start: usize,
    end: usize,
}

impl Socket {
    /// Connects to a server. Waits at most `timeout` for each address of its name.
    ///
    /// # Errors
    /// Returns the error of the last address that was tried.
    pub(crate) fn connect(host: &Host, timeout: Duration, watch: &Arc<Watch>) -> io::Result<Socket> {
        let stream = match host {
            Host::Tcp { name, port } => Stream::Tcp(connect(name, *port, timeout)?),
            Host::Unix(path) => Stream::Unix(UnixStream::connect(path)?),
        };
        match &stream {
            Stream::Tcp(stream) => {
                stream.set_nodelay(true)?;
                rustix::net::sockopt::set_socket_keepalive(stream, true)?;
                stream.set_read_timeout(Some(TICK))?;
            }
            Stream::Unix(stream) => stream.set_read_timeout(Some(TICK))?,
        }
        Ok(Socket { stream, watch: Arc::clone(watch), buffer: vec![0; BUFFER], start: 0, end: 0 })
    }

    /// Returns the bytes that were received and not yet consumed.
    pub(crate) fn received(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Returns a part of the bytes that were consumed by the last call of
    /// [`consume`](Socket::consume). It is valid until more is received.
    pub(crate) fn consumed(&self, range: std::ops::Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_default()
    }

    /// Consumes this number of the received bytes. Returns the index of the first of them, for
    /// [`consumed`](Socket::consumed).
    pub(crate) fn consume(&mut self, bytes: usize) -> usize {
        let at = self.start;
        self.start = (self.start + bytes).min(self.end);
        at
    }

    /// Waits until this number of bytes was received and not yet consumed.
    ///
    /// # Errors
    /// Fails if the server closes the connection, or if the [`Watch`] allows no more waiting.
    pub(crate) fn wait_for(&mut self, bytes: usize) -> io::Result<()> {
        while self.received().len() < bytes {
            self.make_room(bytes);
            match self.stream.read(&mut self.buffer[self.end..]) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => self.end += read,
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => self.watch.check()?,
                    io::ErrorKind::Interrupted => {}
                    _ => return Err(error),
                },
            }
        }
        Ok(())
    }

    /// Sends all bytes. Receives what the server sends meanwhile, so that it never waits for the
    /// client while the client waits for it.
    ///
    /// # Errors
    /// Fails if the connection is lost. The server may have received a part of the bytes.
    pub(crate) fn send(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match send(&self.stream, bytes, SEND) {
                Ok(sent) => bytes = &bytes[sent..],
                Err(Errno::AGAIN) => self.wait_for_either()?,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Waits until something can be sent or received, and receives what there is.
    fn wait_for_either(&mut self) -> io::Result<()> {
        let timeout = Timespec { tv_sec: 0, tv_nsec: i64::from(TICK.subsec_nanos()) };
        let mut polled = [PollFd::new(&self.stream, PollFlags::IN | PollFlags::OUT)];
        let ready = match poll(&mut polled, Some(&timeout)) {
            Ok(0) => return self.watch.check(),
            Ok(_) => polled[0].revents(),
            Err(Errno::INTR) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if ready.contains(PollFlags::IN) {
            self.receive_available()?;
        }
        Ok(())
    }

    /// Receives what has arrived, without waiting. Returns whether anything has arrived.
    ///
    /// # Errors
    /// Fails if the server has closed the connection.
    pub(crate) fn receive_available(&mut self) -> io::Result<bool> {
        self.make_room(1);
        loop {
            return match recv(&self.stream, &mut self.buffer[self.end..], RecvFlags::DONTWAIT) {
                Ok((0, _)) => Err(io::ErrorKind::UnexpectedEof.into()),
                Ok((received, _)) => {
                    self.end += received;
                    Ok(true)
                }
                Err(Errno::AGAIN) => Ok(false),
                Err(Errno::INTR) => continue,
                Err(error) => Err(error.into()),
            };
        }
    }

    /// Makes room in the buffer to receive more, so that `bytes` bytes from the first one that was
    /// not consumed fit into it.
    fn make_room(&mut self, bytes: usize) {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            if self.buffer.len() > 16 * BUFFER && bytes <= BUFFER {
                self.buffer = vec![0; BUFFER];
            }
        }
        if self.buffer.len() - self.end >= LEAST_ROOM && self.buffer.len() - self.start >= bytes {
            return;
        }
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        let wanted = bytes.max(self.end + LEAST_ROOM);
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted.max(2 * self.end), 0);
        }
    }
}

/// Connects to the first address of a name that accepts.
fn connect(name: &str, port: u16, timeout: Duration) -> io::Result<TcpStream> {
    let mut last = None;
    for address in (name, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, timeout) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the name has no address")))
}
