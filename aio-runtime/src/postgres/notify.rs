//! The names of channels, and the statement that sends a notification.

use crate::engine::{Access, Command};
use crate::error::{Error, Result};
use crate::value::Value;

/// The longest name of a channel in bytes. The server would cut a longer one.
const MAX_CHANNEL: usize = 63;

/// The longest payload in bytes that the server accepts.
const MAX_PAYLOAD: usize = 7_999;

/// Checks the name of a channel.
///
/// # Errors
/// Fails if the server would refuse or change it.
pub(super) fn check_channel(channel: &str) -> Result<()> {
    let length = channel.len();
    match length {
        0 => Err(Error::usage("the name of a channel is empty: give it a name")),
        _ if length > MAX_CHANNEL => Err(Error::usage(format!(
            "the name of a channel has {length} bytes, and may have {MAX_CHANNEL}: PostgreSQL would cut it, so that \
             it could be that of another channel"
        ))),
        _ if channel.contains('\0') => {
            Err(Error::usage("the name of a channel contains a NUL character, which PostgreSQL does not accept"))
        }
        _ => Ok(()),
    }
}

/// Returns the statement that sends a notification.
///
/// # Errors
/// Fails if the server would refuse it.
pub(super) fn notify(channel: &str, payload: &str) -> Result<Command> {
    check_channel(channel)?;
    if payload.len() > MAX_PAYLOAD {
        return Err(Error::invalid_input(format!(
            "the payload of a notification has {} bytes, and may have {MAX_PAYLOAD}: store it in a table, and send its \
             key",
            payload.len()
        )));
    }
    if payload.contains('\0') {
        return Err(Error::invalid_input(
            "the payload of a notification contains a NUL character, which PostgreSQL does not accept: remove it",
        ));
    }
    let params = [channel, payload].map(|text| Value::Text(text.to_owned()).into());
    let text = "SELECT pg_notify($1, $2)".into();
    Ok(Command::Statement { text, params: params.into(), sources: None, access: Access::Write, by_key: false })
}

/// Returns a name in quotes.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
