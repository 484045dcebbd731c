//! The errors of values that cannot be stored or read.

use super::{Error, ErrorKind};
use crate::value::{Mismatch, Unstorable};

impl Unstorable {
    // This is not an impl of `From`: with a second `From<…> for Error`, `?` in a closure could no
    // longer infer the type of the error.
    pub(crate) fn into_error(self) -> Error {
        Error::new(ErrorKind::Unstorable { table: None, column: None }, self.0)
    }
}

impl Mismatch {
    pub(crate) fn into_error(self) -> Error {
        let Mismatch { expected, found } = self;
        let message = format!("expected {expected}, found {found}");
        let (expected, found) = (expected.into_owned(), found.into_owned());
        Error::new(ErrorKind::Decode { table: None, column: None, expected, found }, message)
    }
}
