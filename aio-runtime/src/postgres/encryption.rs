//! The request to encrypt a connection
//! (<https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL>).

use std::io;

use bytes::BytesMut;
use postgres_protocol::message::frontend;

use crate::error::{Error, ErrorKind, Result};
use crate::server::{Host, Socket, TlsMode, TlsOptions};

/// Encrypts a connection on which nothing was sent yet, if the options ask for that.
///
/// # Errors
/// [`ErrorKind::CannotOpen`] if the server does not encrypt connections or is not accepted,
/// [`ErrorKind::Disconnected`] if the connection is lost.
pub(super) fn encrypt(socket: &mut Socket, options: &TlsOptions, host: &Host) -> Result<()> {
    if options.mode_for(host) == TlsMode::Disable {
        return Ok(());
    }
    let mut request = BytesMut::new();
    frontend::ssl_request(&mut request);
    socket.send(&request).and_then(|()| socket.wait_for(1)).map_err(lost)?;
    let answer = socket.received().first().copied();
    socket.consume(1);
    match answer {
        Some(b'S') => socket.start_tls(options, host),
        Some(b'N') => Err(Error::new(
            ErrorKind::CannotOpen,
            "does not encrypt connections: set `ssl = on` there, or write `sslmode=disable` if nobody else can read what \
             is sent",
        )),
        // An error follows, such as that the server has no memory. Its words may be from anybody,
        // because they are not encrypted.
        Some(b'E') => Err(Error::new(ErrorKind::Disconnected, "has answered the request for TLS with an error")),
        _ => Err(Error::new(ErrorKind::CannotOpen, "does not speak PostgreSQL's protocol")),
    }
}

fn lost(error: io::Error) -> Error {
    let message = format!("the connection was lost before it was encrypted: {error}");
    Error::new(ErrorKind::Disconnected, message).with_source(error)
}
