//! How a connection over TCP finds out that its server is gone.

use std::io;
use std::net::TcpStream;
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt};

#[cfg(target_vendor = "apple")]
use sockopt::TcpKeepAlive as Idle;
#[cfg(not(target_vendor = "apple"))]
use sockopt::TcpKeepIdle as Idle;

/// The settings of TCP keepalive. Without it, a connection on which the client only waits would
/// not notice that the server's machine has disappeared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Keepalive {
    pub(crate) is_on: bool,
    /// The time without traffic before the first probe; `None` for the system's setting.
    pub(crate) idle: Option<Duration>,
    /// The time between two probes; `None` for the system's setting.
    pub(crate) interval: Option<Duration>,
    /// The number of lost probes after which the connection is lost; `None` for the system's
    /// setting.
    pub(crate) count: Option<u32>,
}

impl Default for Keepalive {
    fn default() -> Keepalive {
        Keepalive { is_on: true, idle: None, interval: None, count: None }
    }
}

impl Keepalive {
    /// Applies the settings to a socket.
    pub(crate) fn apply(&self, socket: &TcpStream) -> io::Result<()> {
        setsockopt(socket, sockopt::KeepAlive, &self.is_on)?;
        if !self.is_on {
            return Ok(());
        }
        if let Some(idle) = self.idle {
            setsockopt(socket, Idle, &seconds(idle))?;
        }
        if let Some(interval) = self.interval {
            setsockopt(socket, sockopt::TcpKeepInterval, &seconds(interval))?;
        }
        if let Some(count) = self.count {
            setsockopt(socket, sockopt::TcpKeepCount, &count)?;
        }
        Ok(())
    }
}

/// Returns the whole seconds of a time, at least one. The system knows no smaller unit.
fn seconds(time: Duration) -> u32 {
    u32::try_from(time.as_secs().max(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::time::Duration;

    use nix::sys::socket::{getsockopt, sockopt};

    use super::{Idle, Keepalive};

    #[test]
    fn keepalive_is_on_with_the_systems_settings_unless_something_else_is_set() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        Keepalive::default().apply(&socket).unwrap();
        assert!(getsockopt(&socket, sockopt::KeepAlive).unwrap());
        let settings = Keepalive {
            is_on: true,
            idle: Some(Duration::from_secs(7)),
            interval: Some(Duration::from_secs(3)),
            count: Some(2),
        };
        settings.apply(&socket).unwrap();
        assert_eq!(getsockopt(&socket, Idle).unwrap(), 7);
        assert_eq!(getsockopt(&socket, sockopt::TcpKeepInterval).unwrap(), 3);
        assert_eq!(getsockopt(&socket, sockopt::TcpKeepCount).unwrap(), 2);
        Keepalive { is_on: false, ..settings }.apply(&socket).unwrap();
        assert!(!getsockopt(&socket, sockopt::KeepAlive).unwrap());
    }
}
