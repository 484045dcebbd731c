//! What an address says about TLS.

use std::path::PathBuf;

use super::Host;

/// How much of the server's identity is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TlsMode {
    /// The connection is not encrypted.
    Disable,
    /// The connection is encrypted. Whoever answers may be anybody.
    Require,
    /// The server has a certificate of one of the accepted authorities, for any name.
    VerifyCa,
    /// The server has a certificate of one of the accepted authorities, for the name of the host.
    VerifyFull,
}

/// What an address says about TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TlsOptions {
    /// `None` if the address does not say it.
    pub(crate) mode: Option<TlsMode>,
    /// The file with the accepted authorities; `None` for those of the system.
    pub(crate) roots: Option<PathBuf>,
    pub(crate) identity: Option<TlsIdentity>,
}

/// The files with the certificate of the client, followed by those of its issuers, and with its
/// key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsIdentity {
    pub(crate) certificates: PathBuf,
    pub(crate) key: PathBuf,
}

impl TlsOptions {
    /// Returns the mode of a connection to this host.
    ///
    /// A connection through a unix socket is never encrypted. Unless the address says something
    /// about TLS, a connection to the same machine is not encrypted either, and any other is
    /// verified in full.
    pub(crate) fn mode_for(&self, host: &Host) -> TlsMode {
        let has_files = self.roots.is_some() || self.identity.is_some();
        match (host, self.mode) {
            (Host::Unix(_), _) => TlsMode::Disable,
            (_, Some(mode)) => mode,
            _ if host.is_local() && !has_files => TlsMode::Disable,
            _ => TlsMode::VerifyFull,
        }
    }
}
