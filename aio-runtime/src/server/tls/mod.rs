//! TLS for a connection to a server, without any I/O of its own.

mod certificate;
mod roots;
#[cfg(test)]
mod tests;
mod verifier;
mod words;

use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection};

use self::roots::{Roots, certificates};
use self::verifier::Verifier;
use super::{Host, TlsIdentity, TlsMode, TlsOptions};
use crate::error::{Error, ErrorKind, Result};

/// The size of the buffer of received bytes that are not decrypted yet: two records.
const BUFFER: usize = 32 * 1024;

/// Returns whether this build has TLS.
pub(crate) fn has_tls() -> bool {
    true
}

/// The state of TLS on one connection. It converts bytes, and leaves it to its user to send and to
/// receive them.
#[derive(Debug)]
pub(crate) struct TlsSession {
    connection: ClientConnection,
    host: String,
    options: TlsOptions,
    received: Vec<u8>,
    /// The bytes from here to `end` were received and are not decrypted yet.
    start: usize,
    end: usize,
}

impl TlsSession {
    /// Prepares a session with a server. Reads the files that the options name, so that a renewed
    /// certificate counts from the next connection on.
    ///
    /// # Errors
    /// Returns [`ErrorKind::CannotOpen`] if a file cannot be used.
    pub(crate) fn new(options: &TlsOptions, host: &Host) -> Result<TlsSession> {
        let Host::Tcp { name, .. } = host else {
            return Err(Error::usage("a connection through a unix socket is not encrypted"));
        };
        let config = config(options, options.mode_for(host))?;
        // The interface of a link-local address is not a part of the server's name.
        let host = name.split('%').next().unwrap_or_default().to_owned();
        let server_name = ServerName::try_from(host.clone()).map_err(|error| {
            Error::usage(format!("no certificate can be for the host `{host}`: its name is not valid"))
                .with_source(error)
        })?;
        let connection = ClientConnection::new(Arc::new(config), server_name).map_err(unusable)?;
        Ok(TlsSession { connection, host, options: options.clone(), received: vec![0; BUFFER], start: 0, end: 0 })
    }

    /// Runs the handshake. `send` sends all of the bytes; `receive` waits for bytes, and returns
    /// their number, or 0 if the server has closed the connection.
    ///
    /// # Errors
    /// [`ErrorKind::CannotOpen`] if the server or its certificate is not accepted, or the server
    /// does not accept the client; [`ErrorKind::Disconnected`] if the connection is lost.
    pub(crate) fn handshake(
        &mut self,
        mut send: impl FnMut(&[u8]) -> io::Result<()>,
        mut receive: impl FnMut(&mut [u8]) -> io::Result<usize>,
    ) -> Result<()> {
        let lost = |error: io::Error| {
            let message = format!("the connection was lost while TLS began: {error}");
            Error::new(ErrorKind::Disconnected, message).with_source(error)
        };
        let mut out = Vec::new();
        loop {
            self.take_output(&mut out).and_then(|()| send(&out)).map_err(lost)?;
            out.clear();
            if !self.connection.is_handshaking() {
                return Ok(());
            }
            if self.start == self.end {
                self.receive(&mut receive).map_err(lost)?;
                if self.start == self.end {
                    return Err(lost(io::ErrorKind::UnexpectedEof.into()));
                }
            }
            if let Err(error) = self.feed() {
                // The server is told why, if it can still be reached.
                let _ = self.take_output(&mut out).and_then(|()| send(&out));
                let message = words::words(&error, &self.host, &self.options);
                return Err(Error::new(ErrorKind::CannotOpen, message).with_source(error));
            }
        }
    }

    /// Encrypts bytes, and appends what has to be sent to `out`.
    pub(crate) fn encrypt(&mut self, mut plain: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        while !plain.is_empty() {
            let taken = self.connection.writer().write(plain)?;
            plain = &plain[taken..];
            self.take_output(out)?;
        }
        Ok(())
    }

    /// Reads decrypted bytes. While there are none, calls `receive`, which receives bytes and
    /// returns their number, or 0 if the server has closed the connection. Returns 0 in this case,
    /// and if the server has ended the session.
    ///
    /// # Errors
    /// The errors of `receive`, after which this method can be called again, and
    /// [`io::ErrorKind::InvalidData`] with the reason if TLS fails.
    pub(crate) fn read(
        &mut self,
        into: &mut [u8],
        mut receive: impl FnMut(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        loop {
            match self.connection.reader().read(into) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return result,
            }
            if self.start == self.end {
                self.receive(&mut receive)?;
                if self.start == self.end {
                    return Ok(0);
                }
            }
            self.feed().map_err(|error| {
                io::Error::new(io::ErrorKind::InvalidData, words::words(&error, &self.host, &self.options))
            })?;
        }
    }

    /// Appends the message that ends the session to `out`.
    pub(crate) fn close_notify(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        self.connection.send_close_notify();
        self.take_output(out)
    }

    /// Returns the data that bind a login to the server's certificate, by the channel binding type
    /// `tls-server-end-point` (RFC 5929), or `None` if it is not defined for the certificate.
    pub(crate) fn end_point(&self) -> Option<Vec<u8>> {
        certificate::end_point(self.connection.peer_certificates()?.first()?)
    }

    /// Appends to `out` what has to be sent.
    fn take_output(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        while self.connection.wants_write() {
            self.connection.write_tls(out)?;
        }
        Ok(())
    }

    /// Receives bytes into the empty buffer.
    fn receive(&mut self, receive: &mut impl FnMut(&mut [u8]) -> io::Result<usize>) -> io::Result<()> {
        (self.start, self.end) = (0, 0);
        self.end = receive(&mut self.received)?.min(self.received.len());
        Ok(())
    }

    /// Decrypts a part of the bytes that were received.
    fn feed(&mut self) -> Result<(), rustls::Error> {
        let mut bytes = &self.received[self.start..self.end];
        let taken = self.connection.read_tls(&mut bytes).map_err(|error| rustls::Error::General(error.to_string()))?;
        self.start += taken;
        self.connection.process_new_packets().map(drop)
    }
}

fn config(options: &TlsOptions, mode: TlsMode) -> Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let roots = match mode {
        TlsMode::VerifyCa | TlsMode::VerifyFull => Roots::read(options.roots.as_deref())?,
        TlsMode::Disable | TlsMode::Require => Roots::none(),
    };
    let verifier = Verifier::new(mode, roots, provider.signature_verification_algorithms);
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match &options.identity {
        None => builder.with_no_client_auth(),
        Some(TlsIdentity { certificates: file, key }) => {
            let chain = certificates("sslcert", file)?;
            builder.with_client_auth_cert(chain, private_key(key)?).map_err(|error| {
                let (file, key) = (file.display(), key.display());
                let message = format!("the certificate in `{file}` and the key in `{key}` cannot be used together");
                Error::new(ErrorKind::CannotOpen, message).with_source(error)
            })?
        }
    };
    // A session is resumed with the configuration that it had; each connection has its own.
    config.resumption = Resumption::disabled();
    Ok(config)
}

fn private_key(file: &std::path::Path) -> Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_file(file).map_err(|error| {
        let message = format!(
            "cannot read `{}`, the file of `sslkey`, as a private key in PEM format without a passphrase: {error}",
            file.display()
        );
        Error::new(ErrorKind::CannotOpen, message).with_source(error)
    })
}

fn unusable(error: rustls::Error) -> Error {
    Error::new(ErrorKind::CannotOpen, format!("TLS cannot be used: {error}")).with_source(error)
}
