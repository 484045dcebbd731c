//! A blocking socket to a server, which is read while it is written.

use std::io::{self, Read};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use socket2::SockRef;

use super::{Host, Keepalive, TlsOptions, TlsSession, Watch};
use crate::engine::Spin;
use crate::error::{Error, ErrorKind, Result};

/// How often a thread that waits for the server checks whether it may wait longer.
const TICK: Duration = Duration::from_millis(500);

/// The size that the buffer of received bytes has at first, and has again after a large message.
const BUFFER: usize = 64 * 1024;

/// The number of bytes for which there is room before the socket is read.
const LEAST_ROOM: usize = 16 * 1024;

/// The number of bytes that are encrypted before they are sent.
const ENCRYPTED_AT_ONCE: usize = 64 * 1024;

/// How long a thread spins for an answer before it sleeps, if it may spin at all. Most disks store
/// a commit within this time.
const SPIN: Duration = Duration::from_micros(400);

/// The flags of every send: it returns at once if the system's buffer is full, and does not raise
/// a signal if the server has closed the connection.
#[cfg(not(target_vendor = "apple"))]
const SEND: i32 = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
#[cfg(target_vendor = "apple")]
const SEND: i32 = libc::MSG_DONTWAIT;

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
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => Read::read(&mut &*stream, buffer),
            Stream::Unix(stream) => Read::read(&mut &*stream, buffer),
        }
    }

    /// Reads the first bytes after something was sent, like [`read`](Stream::read).
    fn read_answer(&self, buffer: &mut [u8], spin: Option<&mut Spin>) -> io::Result<usize> {
        if let Some(spin) = spin {
            spin.spin(SPIN, || self.has_bytes(Duration::ZERO).unwrap_or(true));
        }
        match self {
            Stream::Tcp(_) => self.read(buffer),
            // Linux wakes a thread that blocks in a read of a unix socket also when the other end
            // has read what was sent, but not one that polls.
            Stream::Unix(_) => self.read_within(TICK, buffer),
        }
    }

    /// Reads what there is, or what comes within this time. Fails with `WouldBlock` if nothing
    /// comes.
    fn read_within(&self, time: Duration, buffer: &mut [u8]) -> io::Result<usize> {
        if self.has_bytes(time)? { self.read(buffer) } else { Err(io::ErrorKind::WouldBlock.into()) }
    }

    /// Returns whether a read would return at once, now or within this time.
    fn has_bytes(&self, time: Duration) -> io::Result<bool> {
        wait_for_any(&mut [PollFd::new(self.as_fd(), PollFlags::POLLIN)], time)
    }

    /// Sends what fits into the system's buffer. Returns the number of bytes.
    fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        SockRef::from(self).send_with_flags(bytes, SEND)
    }
}

/// A connection to a server, with a buffer of the bytes that were received.
///
/// Sending never blocks for longer than the server reads: while the server does not read, because
/// it waits for the client to read its answers, these are read into the buffer.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: Stream,
    is_local: bool,
    watch: Arc<Watch>,
    /// Encrypts what is sent and decrypts what is received; `None` if nothing is encrypted.
    tls: Option<Box<TlsSession>>,
    /// The encrypted bytes that are sent next.
    encrypted: Vec<u8>,
    buffer: Vec<u8>,
    /// When `send` was called, until the first bytes since then are waited for.
    asked: Option<Instant>,
    answer_time: Option<Duration>,
    spin: Spin,
    /// Whether the thread may spin for the next answer.
    may_spin: bool,
    /// The number of bytes of the last call of `send` that may have reached the server.
    sent: usize,
    /// The bytes from here to `end` were received and not yet consumed.
    start: usize,
    end: usize,
}

impl Socket {
    /// Connects to a server. Waits at most `timeout` for each address of its name.
    ///
    /// # Errors
    /// Returns the error of the last address that was tried.
    pub(crate) fn connect(
        host: &Host,
        timeout: Duration,
        keepalive: &Keepalive,
        watch: &Arc<Watch>,
    ) -> io::Result<Socket> {
        let stream = match host {
            Host::Tcp { name, port } => Stream::Tcp(connect(name, *port, timeout)?),
            Host::Unix(path) => Stream::Unix(UnixStream::connect(path)?),
        };
        match &stream {
            Stream::Tcp(stream) => {
                stream.set_nodelay(true)?;
                keepalive.apply(stream)?;
                stream.set_read_timeout(Some(TICK))?;
            }
            Stream::Unix(stream) => stream.set_read_timeout(Some(TICK))?,
        }
        let is_local = match &stream {
            Stream::Tcp(stream) => stream.peer_addr()?.ip().is_loopback(),
            Stream::Unix(_) => true,
        };
        let (watch, tls, encrypted) = (Arc::clone(watch), None, Vec::new());
        Ok(Socket {
            stream,
            is_local,
            watch,
            tls,
            encrypted,
            buffer: vec![0; BUFFER],
            asked: None,
            answer_time: None,
            spin: Spin::default(),
            may_spin: false,
            sent: 0,
            start: 0,
            end: 0,
        })
    }

    /// Encrypts the connection from now on. The server must have agreed to that, and must not have
    /// sent anything since.
    ///
    /// # Errors
    /// [`ErrorKind::CannotOpen`] if the server or its certificate is not accepted, or if something
    /// was received already: that was not encrypted, so it may be from anybody.
    pub(crate) fn start_tls(&mut self, options: &TlsOptions, host: &Host) -> Result<()> {
        if !self.received().is_empty() {
            let message = "what was received before TLS began is not encrypted, and may be from anybody on the way";
            return Err(Error::new(ErrorKind::CannotOpen, message));
        }
        let mut session = Box::new(TlsSession::new(options, host)?);
        let Socket { stream, watch, .. } = self;
        session.handshake(|bytes| send_all(stream, watch, bytes), |buffer| receive(stream, watch, buffer))?;
        self.tls = Some(session);
        Ok(())
    }

    /// Returns the data that bind a login to the server's certificate (RFC 5929), or `None` if the
    /// connection is not encrypted, or if these data are not defined for the certificate.
    pub(crate) fn tls_end_point(&self) -> Option<Vec<u8>> {
        self.tls.as_ref()?.end_point()
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
            let Socket { stream, tls, buffer, end, asked, answer_time, spin, may_spin, .. } = self;
            let buffer = &mut buffer[*end..];
            let asked = asked.take();
            // Farther away, the answer would come after the spin.
            let spins = *may_spin && answer_time.is_some_and(|time| time < SPIN);
            let read = match (tls, asked) {
                (None, None) => stream.read(buffer),
                (None, Some(_)) => stream.read_answer(buffer, spins.then_some(spin)),
                (Some(tls), _) => tls.read(buffer, |encrypted| stream.read(encrypted)),
            };
            match read {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    self.end += read;
                    if let Some(asked) = asked {
                        self.record_answer(asked.elapsed());
                    }
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => self.watch.check()?,
                    io::ErrorKind::Interrupted => {}
                    _ => return Err(error),
                },
            }
        }
        Ok(())
    }

    /// Sets whether the thread may wait for the next answers without sleeping, because no other
    /// needs the core.
    pub(crate) fn set_may_spin(&mut self, may_spin: bool) {
        self.may_spin = may_spin;
    }

    fn record_answer(&mut self, time: Duration) {
        let longest = self.answer_time.map(|shortest| shortest + shortest / 16);
        self.answer_time = Some(longest.map_or(time, |longest| longest.min(time)));
    }

    /// Returns whether the other end of the socket is on the same machine.
    pub(crate) fn is_local(&self) -> bool {
        self.is_local
    }

    /// Returns how long the server takes to begin an answer, or `None` if that is not known. It is
    /// the shortest time of the newest answers, and so nearly that of the network.
    pub(crate) fn answer_time(&self) -> Option<Duration> {
        self.answer_time
    }

    /// Sends all bytes. Receives what the server sends meanwhile, so that it never waits for the
    /// client while the client waits for it.
    ///
    /// # Errors
    /// Fails if the connection is lost. The server may have received a part of the bytes.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sent = 0;
        // An answer to an earlier message must not look like a fast answer to this one.
        self.asked.get_or_insert_with(Instant::now);
        if self.tls.is_none() {
            return self.send_plain(bytes);
        }
        for (number, piece) in bytes.chunks(ENCRYPTED_AT_ONCE).enumerate() {
            self.sent = number * ENCRYPTED_AT_ONCE + piece.len();
            self.send_encrypted(|tls, out| tls.encrypt(piece, out))?;
        }
        Ok(())
    }

    /// Returns how many of the bytes of the last call of [`send`](Socket::send) may have reached
    /// the server.
    pub(crate) fn sent(&self) -> usize {
        self.sent
    }

    /// Sends the end of the encrypted session, if the connection is encrypted. Nothing may be sent
    /// after it.
    pub(crate) fn close_tls(&mut self) -> io::Result<()> {
        self.send_encrypted(|tls, out| tls.close_notify(out))
    }

    fn send_encrypted(
        &mut self,
        encrypt: impl FnOnce(&mut TlsSession, &mut Vec<u8>) -> io::Result<()>,
    ) -> io::Result<()> {
        let Some(tls) = &mut self.tls else { return Ok(()) };
        let mut encrypted = std::mem::take(&mut self.encrypted);
        let sent = encrypt(tls, &mut encrypted).and_then(|()| self.send_plain(&encrypted));
        encrypted.clear();
        self.encrypted = encrypted;
        sent
    }

    /// Sends all bytes as they are.
    fn send_plain(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.stream.send(bytes) {
                Ok(sent) => {
                    bytes = &bytes[sent..];
                    if self.tls.is_none() {
                        self.sent += sent;
                    }
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => self.wait_for_either()?,
                    io::ErrorKind::Interrupted => {}
                    _ => return Err(error),
                },
            }
        }
        Ok(())
    }

    /// Waits until something can be sent or received, and receives what there is.
    fn wait_for_either(&mut self) -> io::Result<()> {
        let mut polled = [PollFd::new(self.stream.as_fd(), PollFlags::POLLIN | PollFlags::POLLOUT)];
        match poll(&mut polled, timeout(TICK)) {
            Ok(0) => return self.watch.check(),
            Ok(_) => {}
            Err(Errno::EINTR) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        if polled[0].revents().is_some_and(|ready| ready.contains(PollFlags::POLLIN)) {
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
            let Socket { stream, tls, buffer, end, .. } = self;
            let buffer = &mut buffer[*end..];
            let received = match tls {
                None => stream.read_within(Duration::ZERO, buffer),
                Some(tls) => tls.read(buffer, |encrypted| stream.read_within(Duration::ZERO, encrypted)),
            };
            return match received {
                Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(received) => {
                    self.end += received;
                    Ok(true)
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => Ok(false),
                    io::ErrorKind::Interrupted => continue,
                    _ => Err(error),
                },
            };
        }
    }

    /// Waits until something can be received, until the other descriptor can be read, or until
    /// this time has passed. What was decrypted already does not count.
    pub(crate) fn wait_beside(&self, other: impl AsFd, time: Duration) -> io::Result<()> {
        let both = [self.stream.as_fd(), other.as_fd()];
        wait_for_any(&mut both.map(|descriptor| PollFd::new(descriptor, PollFlags::POLLIN)), time)?;
        Ok(())
    }

    /// Makes room in the buffer to receive more, up to `bytes` bytes from the first one that was
    /// not consumed. The buffer grows with what is received, not with what was announced.
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
        let wanted = bytes.min(2 * self.end).max(self.end + LEAST_ROOM);
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
    }
}

/// Waits until one of the descriptors is ready, or until this time has passed. Returns whether one
/// is ready.
pub(super) fn wait_for_any(descriptors: &mut [PollFd<'_>], time: Duration) -> io::Result<bool> {
    match poll(descriptors, timeout(time)) {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::EINTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Returns the milliseconds after which a poll ends, rounded up, so that it does not end again and
/// again before the time has come.
fn timeout(time: Duration) -> PollTimeout {
    let milliseconds = time.as_nanos().div_ceil(1_000_000);
    i32::try_from(milliseconds).ok().and_then(|time| PollTimeout::try_from(time).ok()).unwrap_or(PollTimeout::MAX)
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

/// Sends all bytes, without receiving anything meanwhile.
fn send_all(stream: &Stream, watch: &Watch, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match stream.send(bytes) {
            Ok(sent) => bytes = &bytes[sent..],
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock => {
                    if !wait_for_any(&mut [PollFd::new(stream.as_fd(), PollFlags::POLLOUT)], TICK)? {
                        watch.check()?;
                    }
                }
                io::ErrorKind::Interrupted => {}
                _ => return Err(error),
            },
        }
    }
    Ok(())
}

/// Waits until bytes are received. Returns their number, or 0 if the server has closed the
/// connection.
fn receive(stream: &Stream, watch: &Watch, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match stream.read(buffer) {
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => watch.check()?,
                io::ErrorKind::Interrupted => {}
                _ => return Err(error),
            },
            result => return result,
        }
    }
}
