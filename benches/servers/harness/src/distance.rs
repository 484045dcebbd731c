//! How far away the server is.

use serde::{Deserialize, Serialize};

/// The way to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Distance {
    /// A unix socket.
    Unix,
    /// The loopback interface.
    Tcp,
    /// A proxy on the loopback interface that delays what it passes on by a millisecond in each
    /// direction: a round trip takes two.
    Far,
}

impl Distance {
    pub const ALL: [Distance; 3] = [Distance::Unix, Distance::Tcp, Distance::Far];

    pub fn id(self) -> &'static str {
        match self {
            Distance::Unix => "unix",
            Distance::Tcp => "tcp",
            Distance::Far => "far",
        }
    }

    pub fn from_id(id: &str) -> Option<Distance> {
        Distance::ALL.into_iter().find(|distance| distance.id() == id)
    }

    pub fn title(self) -> &'static str {
        match self {
            Distance::Unix => "Over a unix socket",
            Distance::Tcp => "Over TCP",
            Distance::Far => "Over TCP, two milliseconds away",
        }
    }
}
