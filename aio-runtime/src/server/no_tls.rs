//! Stands for TLS in a build without the feature `tls`. No session can be made.

use std::io;

use super::{Host, TlsOptions};
use crate::error::{Error, Result};

/// Returns whether this build has TLS.
pub(crate) fn has_tls() -> bool {
    false
}

/// The state of TLS on one connection, of which there is none in this build.
#[derive(Debug)]
pub(crate) enum TlsSession {}

impl TlsSession {
    pub(crate) fn new(_options: &TlsOptions, _host: &Host) -> Result<TlsSession> {
        Err(Error::usage("this build has no TLS: enable the feature `tls` of aio-sql"))
    }

    pub(crate) fn handshake(
        &mut self,
        _send: impl FnMut(&[u8]) -> io::Result<()>,
        _receive: impl FnMut(&mut [u8]) -> io::Result<usize>,
    ) -> Result<()> {
        match *self {}
    }

    pub(crate) fn encrypt(&mut self, _plain: &[u8], _out: &mut Vec<u8>) -> io::Result<()> {
        match *self {}
    }

    pub(crate) fn read(
        &mut self,
        _into: &mut [u8],
        _receive: impl FnMut(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        match *self {}
    }

    pub(crate) fn close_notify(&mut self, _out: &mut Vec<u8>) -> io::Result<()> {
        match *self {}
    }

    pub(crate) fn end_point(&self) -> Option<Vec<u8>> {
        match *self {}
    }
}
