//! What the connections to database servers share, whichever database it is.
//!
//! A connection to a server is a blocking socket on a thread of its own, like every connection of
//! the library. Nothing here knows the protocol of a database.

mod address;
mod canceller;
mod host;
mod keepalive;
mod nearest;
mod password;
mod replicas;
mod signal;
mod socket;
#[cfg_attr(not(feature = "tls"), path = "no_tls.rs")]
mod tls;
mod tls_options;
mod watch;

pub(crate) use address::{Address, AddressHost, Escaped, checked_host, parse_port};
pub(crate) use canceller::Canceller;
pub(crate) use host::Host;
pub(crate) use keepalive::Keepalive;
pub(crate) use nearest::nearest;
pub(crate) use password::Password;
pub(crate) use replicas::{Replicas, Seat};
pub(crate) use signal::Signal;
pub(crate) use socket::Socket;
pub(crate) use tls::{TlsSession, has_tls};
pub(crate) use tls_options::{TlsIdentity, TlsMode, TlsOptions};
pub(crate) use watch::Watch;
