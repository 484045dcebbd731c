//! The request by which the server cancels a statement of another connection.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::BytesMut;
use postgres_protocol::message::frontend;

use super::encryption::encrypt;
use super::options::PostgresOptions;
use crate::engine::Stopper;
use crate::engine::sync::lock;
use crate::server::{Canceller, Host, Keepalive, Socket, TlsOptions, Watch};

/// How long the server may take to accept a cancel request.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What identifies a connection for its cancellation.
#[derive(Clone, Copy, Debug)]
pub(super) struct CancelKey {
    pub(super) process: i32,
    pub(super) secret: i32,
}

/// The connection whose statement is cancelled; it changes when the connection is replaced.
#[derive(Clone, Debug, Default)]
pub(super) struct CancelTarget(Arc<Mutex<Option<Target>>>);

#[derive(Clone, Debug)]
struct Target {
    host: Host,
    tls: TlsOptions,
    key: CancelKey,
}

impl CancelTarget {
    /// Sets the connection; `None` if its server has sent no key.
    pub(super) fn set(&self, host: &Host, options: &PostgresOptions, key: Option<CancelKey>) {
        *lock(&self.0) = key.map(|key| Target { host: host.clone(), tls: options.tls.clone(), key });
    }

    /// Cancels the running statement, without waiting for it.
    pub(super) fn cancel(&self, canceller: &Canceller, watch: &Arc<Watch>) {
        let target = lock(&self.0).clone();
        canceller.cancel(watch, move || {
            if let Some(target) = &target {
                // If the server cannot be reached, its answer to the statement does not come
                // either, and the statement fails.
                drop(send(target));
            }
        });
    }

    /// Returns the stopper for the statements of the connection.
    pub(super) fn stopper(&self, canceller: &Canceller, watch: &Arc<Watch>) -> Arc<Stopper> {
        let (target, canceller, watch) = (self.clone(), canceller.clone(), Arc::clone(watch));
        Arc::new(Stopper::new(move || target.cancel(&canceller, &watch)))
    }
}

/// Sends the request, and waits until the server closes the connection: it has signalled the other
/// process then (<https://www.postgresql.org/docs/current/protocol-flow.html>).
fn send(Target { host, tls, key }: &Target) -> std::io::Result<()> {
    let watch = Arc::<Watch>::default();
    watch.limit(Some(TIMEOUT));
    let mut socket = Socket::connect(host, TIMEOUT, &Keepalive::default(), &watch)?;
    // Whoever reads the key could cancel the statements of the connection.
    encrypt(&mut socket, tls, host).map_err(std::io::Error::other)?;
    let mut message = BytesMut::new();
    frontend::cancel_request(key.process, key.secret, &mut message);
    socket.send(&message)?;
    match socket.wait_for(1) {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(()),
        result => result,
    }
}
