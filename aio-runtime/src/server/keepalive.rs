//! How a connection over TCP finds out that its server is gone.

use std::io;
use std::net::TcpStream;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};

/// The settings of TCP keepalive. Without it, a connection on which the client only waits would
/// not notice that the server's machine has disappeared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Keepalive {
    pub(crate) is_on: bool,
    /// The time without traffic before the first probe, in whole seconds; `None` for the system's
    /// setting.
    pub(crate) idle: Option<Duration>,
    /// The time between two probes, in whole seconds; `None` for the system's setting.
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
        let socket = SockRef::from(socket);
        if !self.is_on {
            return socket.set_keepalive(false);
        }
        let mut keepalive = TcpKeepalive::new();
        if let Some(idle) = self.idle {
            keepalive = keepalive.with_time(idle);
        }
        if let Some(interval) = self.interval {
            keepalive = keepalive.with_interval(interval);
        }
        if let Some(count) = self.count {
            keepalive = keepalive.with_retries(count);
        }
        socket.set_tcp_keepalive(&keepalive)
    }
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::time::Duration;

    use socket2::SockRef;

    use super::Keepalive;

    #[test]
    fn keepalive_is_on_with_the_systems_settings_unless_something_else_is_set() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        Keepalive::default().apply(&socket).unwrap();
        let now = SockRef::from(&socket);
        assert!(now.keepalive().unwrap());
        let settings = Keepalive {
            is_on: true,
            idle: Some(Duration::from_secs(7)),
            interval: Some(Duration::from_secs(3)),
            count: Some(2),
        };
        settings.apply(&socket).unwrap();
        assert_eq!(now.tcp_keepalive_time().unwrap(), Duration::from_secs(7));
        assert_eq!(now.tcp_keepalive_interval().unwrap(), Duration::from_secs(3));
        assert_eq!(now.tcp_keepalive_retries().unwrap(), 2);
        Keepalive { is_on: false, ..settings }.apply(&socket).unwrap();
        assert!(!now.keepalive().unwrap());
    }
}
