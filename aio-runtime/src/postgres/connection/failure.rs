//! Why a statement has failed.

use super::super::error::ServerError;
use crate::error::Error;

/// Why a statement has failed.
#[derive(Debug)]
pub(in crate::postgres) enum Failure {
    /// The server has reported an error.
    Server(Box<ServerError>),
    /// A value could not be sent, or the connection is lost.
    Client(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Client(error)
    }
}

impl Failure {
    /// Converts the failure. `text` is the SQL that failed.
    pub(in crate::postgres) fn into_error(self, text: &str) -> Error {
        match self {
            Failure::Server(error) => error.into_error(text),
            Failure::Client(error) => error,
        }
    }

    /// Returns the number of characters before the place in the SQL at which the failure is, or
    /// `None` if it has no place.
    pub(in crate::postgres) fn place(&self) -> Option<usize> {
        match self {
            Failure::Server(error) => error.place(),
            Failure::Client(_) => None,
        }
    }
}
