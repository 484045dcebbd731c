//! The beginning of a connection: who the client is, and what it wants the session to be.

use postgres_protocol::authentication::{md5_hash, sasl};
use postgres_protocol::message::frontend;

use super::connection::Connection;
use super::error::ServerError;
use super::message::{self, Reader};
use super::options::PostgresOptions;
use crate::error::{Error, ErrorKind, Result};

/// The settings that every session of the library has. Times without a zone mean UTC, as on every
/// database, and values that are exchanged as text have one form.
const SETTINGS: [(&str, &str); 3] = [("client_encoding", "UTF8"), ("DateStyle", "ISO, YMD"), ("TimeZone", "UTC")];

/// The requests for a proof of the client's identity
/// (<https://www.postgresql.org/docs/current/protocol-message-formats.html>).
const OK: i32 = 0;
const CLEARTEXT: i32 = 3;
const MD5: i32 = 5;
const SASL: i32 = 10;
const SASL_CONTINUE: i32 = 11;
const SASL_FINAL: i32 = 12;

/// Logs in on a connection on which nothing was sent yet, and waits until it is ready.
///
/// # Errors
/// Fails if the server does not let the client in.
pub(super) fn log_in(connection: &mut Connection, options: &PostgresOptions) -> Result<()> {
    let own = [("user", &*options.user), ("database", &*options.database)];
    let given = options.parameters.iter().map(|(name, value)| (&**name, &**value));
    frontend::startup_message(own.into_iter().chain(SETTINGS).chain(given), connection.out()).map_err(unsendable)?;
    connection.flush()?;
    let mut login = Login { options, scram: None };
    loop {
        let message = connection.message()?;
        match message.tag {
            message::AUTHENTICATION => {
                let content = connection.content(&message).to_vec();
                if !login.prove(connection, &content)? {
                    break;
                }
            }
            message::ERROR => return Err(refused(ServerError::read(connection.content(&message)))),
            _ => return Err(unexpected()),
        }
    }
    loop {
        let message = connection.message()?;
        match message.tag {
            message::KEY => connection.set_key(&message),
            message::READY => return Ok(()),
            message::ERROR => return Err(refused(ServerError::read(connection.content(&message)))),
            _ => {}
        }
    }
}

struct Login<'a> {
    options: &'a PostgresOptions,
    /// The exchange of proofs, if it has begun.
    scram: Option<sasl::ScramSha256>,
}

impl Login<'_> {
    /// Answers a request of the server. Returns `false` if the server asks for nothing more.
    fn prove(&mut self, connection: &mut Connection, content: &[u8]) -> Result<bool> {
        let mut reader = Reader(content);
        match reader.i32() {
            Some(OK) => return Ok(false),
            Some(CLEARTEXT) => {
                frontend::password_message(self.password()?, connection.out()).map_err(unsendable)?;
            }
            Some(MD5) => {
                let salt = reader.0.first_chunk::<4>().ok_or_else(unexpected)?;
                let hash = md5_hash(self.options.user.as_bytes(), self.password()?, *salt);
                frontend::password_message(hash.as_bytes(), connection.out()).map_err(unsendable)?;
            }
            Some(SASL) => self.begin_scram(connection, reader)?,
            Some(SASL_CONTINUE) => {
                let scram = self.scram.as_mut().ok_or_else(unexpected)?;
                scram.update(reader.0).map_err(unproved)?;
                frontend::sasl_response(scram.message(), connection.out()).map_err(unsendable)?;
            }
            Some(SASL_FINAL) => {
                self.scram.as_mut().ok_or_else(unexpected)?.finish(reader.0).map_err(unproved)?;
                return Ok(true);
            }
            _ => {
                return Err(Error::new(
                    ErrorKind::CannotOpen,
                    "the server asks for a way to log in that the library does not have: it has trust, password, md5, \
                     scram-sha-256 and client certificates",
                ));
            }
        }
        connection.flush()?;
        Ok(true)
    }

    fn begin_scram(&mut self, connection: &mut Connection, mut mechanisms: Reader<'_>) -> Result<()> {
        let mut has_scram = false;
        while let Some(mechanism) = mechanisms.text().filter(|mechanism| !mechanism.is_empty()) {
            has_scram |= mechanism == sasl::SCRAM_SHA_256;
        }
        if !has_scram {
            return Err(Error::new(
                ErrorKind::CannotOpen,
                "the server asks for a SASL mechanism that the library does not have: it has SCRAM-SHA-256",
            ));
        }
        let scram = sasl::ScramSha256::new(self.password()?, sasl::ChannelBinding::unsupported());
        frontend::sasl_initial_response(sasl::SCRAM_SHA_256, scram.message(), connection.out()).map_err(unsendable)?;
        self.scram = Some(scram);
        Ok(())
    }

    fn password(&self) -> Result<&[u8]> {
        let user = &self.options.user;
        let password = self.options.password.as_ref().ok_or_else(|| {
            let message = format!("the server asks for the password of `{user}`, but the address has none");
            Error::new(ErrorKind::CannotOpen, message)
        })?;
        Ok(password.as_bytes())
    }
}

fn refused(error: ServerError) -> Error {
    error.into_error("")
}

fn unproved(error: std::io::Error) -> Error {
    Error::new(ErrorKind::CannotOpen, format!("the server has not proved that it knows the password: {error}"))
}

fn unexpected() -> Error {
    Error::new(ErrorKind::CannotOpen, "what answers at the address does not speak PostgreSQL's protocol")
}

fn unsendable(error: std::io::Error) -> Error {
    Error::usage(format!("the address has what cannot be sent to a server: {error}"))
}
