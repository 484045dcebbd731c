//! The place where a server listens.

use std::fmt;
use std::path::{Path, PathBuf};

/// A place where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// A name or an IP address, and a port.
    Tcp { name: String, port: u16 },
    /// The socket of a server on the same machine.
    Unix(PathBuf),
}

impl Host {
    #[allow(dead_code, reason = "the setting of TLS is not read yet")]
    /// Returns whether the server certainly runs on the same machine, so that nobody can read what
    /// is sent to it on the way.
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Host::Unix(_) => true,
            Host::Tcp { name, .. } => {
                let address = name.parse::<std::net::IpAddr>();
                address.map_or_else(|_| name.eq_ignore_ascii_case("localhost"), |address| address.is_loopback())
            }
        }
    }

    #[allow(dead_code, reason = "the setting of TLS is not read yet")]
    /// Returns the path of the socket, if it is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Host::Unix(path) => Some(path),
            Host::Tcp { .. } => None,
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Tcp { name, port } if name.contains(':') => write!(f, "[{name}]:{port}"),
            Host::Tcp { name, port } => write!(f, "{name}:{port}"),
            Host::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}
