//! The beginning of a connection: who the client is, and what it wants the session to be.

use postgres_protocol::authentication::{md5_hash, sasl};
use postgres_protocol::message::frontend;

use super::connection::Connection;
use super::error::ServerError;
use super::message::{self, Reader};
use super::options::{ChannelBinding, PostgresOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::server::{Host, Password};

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

/// Logs in on a connection on which nothing was sent yet, and waits until it is ready. `end_point`
/// identifies the certificate of the server, if the connection is encrypted.
///
/// # Errors
/// Fails if the server does not let the client in.
pub(super) fn log_in(
    connection: &mut Connection,
    options: &PostgresOptions,
    host: &Host,
    end_point: Option<Vec<u8>>,
) -> Result<()> {
    let own = [("user", &*options.user), ("database", &*options.database)];
    let given = options.parameters.iter().map(|(name, value)| (&**name, &**value));
    frontend::startup_message(own.into_iter().chain(SETTINGS).chain(given), connection.out()).map_err(unsendable)?;
    flush(connection)?;
    let mut login = Login { options, host, end_point, is_bound: false, is_proved: false, scram: None };
    loop {
        let message = connection.login_message()?;
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
        let message = connection.login_message()?;
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
    host: &'a Host,
    /// Identifies the certificate of the server; `None` if the connection is not encrypted.
    end_point: Option<Vec<u8>>,
    /// Whether the exchange of proofs is bound to the certificate of the server.
    is_bound: bool,
    /// Whether the server has given its proof in such an exchange.
    is_proved: bool,
    /// The exchange of proofs, if it has begun.
    scram: Option<sasl::ScramSha256>,
}

impl Login<'_> {
    /// Answers a request of the server. Returns `false` if the server asks for nothing more.
    fn prove(&mut self, connection: &mut Connection, content: &[u8]) -> Result<bool> {
        let mut reader = Reader(content);
        match reader.i32() {
            Some(OK) => {
                self.check_binding(self.is_proved)?;
                return Ok(false);
            }
            Some(CLEARTEXT) => {
                self.check_binding(false)?;
                let password = self.password()?;
                frontend::password_message(password.reveal().as_bytes(), connection.out()).map_err(unsendable)?;
            }
            Some(MD5) => {
                self.check_binding(false)?;
                let salt = reader.0.first_chunk::<4>().ok_or_else(unexpected)?;
                let hash = md5_hash(self.options.user.as_bytes(), self.password()?.reveal().as_bytes(), *salt);
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
                self.is_proved = self.is_bound;
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
        flush(connection)?;
        Ok(true)
    }

    fn begin_scram(&mut self, connection: &mut Connection, mut mechanisms: Reader<'_>) -> Result<()> {
        let (mut has_plain, mut has_bound) = (false, false);
        while let Some(mechanism) = mechanisms.text().filter(|mechanism| !mechanism.is_empty()) {
            has_plain |= mechanism == sasl::SCRAM_SHA_256;
            has_bound |= mechanism == sasl::SCRAM_SHA_256_PLUS;
        }
        let end_point = self.end_point.take().filter(|_| self.options.channel_binding != ChannelBinding::Disable);
        let (mechanism, binding) = match end_point {
            Some(end_point) if has_bound => {
                self.is_bound = true;
                (sasl::SCRAM_SHA_256_PLUS, sasl::ChannelBinding::tls_server_end_point(end_point))
            }
            // If the server does offer it, and somebody on the way has removed the offer, the
            // server refuses the login.
            Some(_) => (sasl::SCRAM_SHA_256, sasl::ChannelBinding::unrequested()),
            None => (sasl::SCRAM_SHA_256, sasl::ChannelBinding::unsupported()),
        };
        if !self.is_bound && !has_plain {
            return Err(Error::new(
                ErrorKind::CannotOpen,
                "the server asks for a SASL mechanism that the library does not have: it has SCRAM-SHA-256",
            ));
        }
        self.check_binding(self.is_bound)?;
        let scram = sasl::ScramSha256::new(self.password()?.reveal().as_bytes(), binding);
        frontend::sasl_initial_response(mechanism, scram.message(), connection.out()).map_err(unsendable)?;
        self.scram = Some(scram);
        Ok(())
    }

    /// Fails if the login has to be bound to the certificate of the server, and is not.
    fn check_binding(&self, is_bound: bool) -> Result<()> {
        if is_bound || self.options.channel_binding != ChannelBinding::Require {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::CannotOpen,
            "the server does not bind the login to its certificate, which `channel_binding=require` asks for: that \
             needs the method scram-sha-256",
        ))
    }

    fn password(&self) -> Result<Password> {
        self.options.password_for(self.host)?.ok_or_else(|| {
            let user = &self.options.user;
            let message = format!("the server asks for the password of `{user}`, and there is none in the address");
            Error::new(ErrorKind::CannotOpen, message)
        })
    }
}

/// Sends the messages. If the server has closed the connection and has said why, fails with that.
fn flush(connection: &mut Connection) -> Result<()> {
    connection.flush().map_err(|error| match connection.login_message() {
        Ok(message) if message.tag == message::ERROR => refused(ServerError::read(connection.content(&message))),
        Err(reason) if *reason.kind() == ErrorKind::CannotOpen => reason,
        _ => error,
    })
}

fn refused(error: ServerError) -> Error {
    match error.refuses_startup_parameter() {
        true => error.into_error("").with_kind(ErrorKind::CannotOpen).with_remark(
            "a pooler answers there: write `pooler=transaction` in the address, and set for the role what the address \
             sets now",
        ),
        false => error.into_error(""),
    }
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
