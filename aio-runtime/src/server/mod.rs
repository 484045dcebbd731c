//! What the connections to database servers share, whichever database it is.
//!
//! A connection to a server is a blocking socket on a thread of its own, like every connection of
//! the library. Nothing here knows the protocol of a database.

mod canceller;
mod host;
mod socket;
#[cfg_attr(not(feature = "tls"), path = "no_tls.rs")]
mod tls;
mod tls_options;
mod watch;

pub(crate) use canceller::Canceller;
pub(crate) use host::Host;
pub(crate) use socket::Socket;
pub(crate) use tls::{TlsSession, has_tls};
pub(crate) use tls_options::{TlsIdentity, TlsMode, TlsOptions};
pub(crate) use watch::Watch;
