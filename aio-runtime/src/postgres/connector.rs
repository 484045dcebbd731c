//! Opens connections to the servers of an address.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use super::cancel::CancelTarget;
use super::connection::Connection;
use super::encryption::encrypt;
use super::login::log_in;
use super::options::PostgresOptions;
use super::target_session::TargetSession;
use crate::engine::metrics::{Meters, ShareCounter};
use crate::engine::{Settings, after};
use crate::error::{Error, ErrorKind, Result};
use crate::server::{Canceller, Host, Socket, Watch};

/// The errors of a server that is ending, has crashed, or is starting: it will be there again.
const PASSING: [&str; 3] = ["57P01", "57P02", "57P03"];

/// How long to wait before all hosts are tried again, at first and at most.
const FIRST_DELAY: Duration = Duration::from_millis(20);
const MAX_DELAY: Duration = Duration::from_secs(1);

/// How long a connection for the library's own statements waits for an answer.
pub(super) const ASIDE_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens connections to the servers of one address.
pub(super) struct Connector {
    pub(super) options: PostgresOptions,
    pub(super) settings: Settings,
    pub(super) meters: Arc<Meters>,
    /// The groups of writes that have shared a commit.
    pub(super) groups: ShareCounter,
    pub(super) pipelines: ShareCounter,
    canceller: Canceller,
    is_closing: AtomicBool,
    /// Whether a pooler has answered at a host of the address.
    pub(super) is_pooled: AtomicBool,
    /// Whether the collation that ignores case is known to exist.
    pub(super) has_nocase: AtomicBool,
    /// Whether the server has the statement that makes commits durable, if that is known.
    pub(super) can_flush: OnceLock<bool>,
}

impl Connector {
    /// # Errors
    /// Fails if the system cannot start a thread.
    pub(super) fn new(options: PostgresOptions, settings: Settings) -> Result<Arc<Connector>> {
        Ok(Connector::with(options, settings, Arc::default(), Canceller::start()?))
    }

    /// Returns what opens connections to a replica of this database.
    pub(super) fn of_replica(&self, options: PostgresOptions) -> Arc<Connector> {
        Connector::with(options, self.settings.clone(), Arc::clone(&self.meters), self.canceller.clone())
    }

    fn with(options: PostgresOptions, settings: Settings, meters: Arc<Meters>, canceller: Canceller) -> Arc<Connector> {
        Arc::new(Connector {
            is_pooled: AtomicBool::new(options.is_pooled),
            options,
            settings,
            meters,
            groups: ShareCounter::default(),
            pipelines: ShareCounter::default(),
            canceller,
            is_closing: AtomicBool::new(false),
            has_nocase: AtomicBool::new(false),
            can_flush: OnceLock::new(),
        })
    }

    /// Returns when a connection that is opened now is replaced; `None` for never.
    pub(super) fn expiry(&self) -> Option<Instant> {
        let random = u32::try_from(RandomState::new().hash_one(0) >> 32).unwrap_or(u32::MAX);
        let share = 0.9 + 0.2 * f64::from(random) / f64::from(u32::MAX);
        let lifetime = Duration::try_from_secs_f64(self.options.max_lifetime.as_secs_f64() * share).ok()?;
        Instant::now().checked_add(lifetime)
    }

    pub(super) fn canceller(&self) -> &Canceller {
        &self.canceller
    }

    /// Gives up the attempts to connect: the database is closing.
    pub(super) fn begin_closing(&self) {
        self.is_closing.store(true, Ordering::Release);
    }

    pub(super) fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Acquire)
    }

    /// Opens a connection to the first host that is wanted. While none can be reached, tries them
    /// again for this time, and for the acquire timeout if a server says that it is starting or
    /// ending.
    pub(super) fn connect(&self, watch: &Arc<Watch>, target: &CancelTarget, patience: Duration) -> Result<Connection> {
        self.patiently(patience, |until| self.connect_once(watch, target, until))
    }

    /// Opens a connection by `connect_once`, which tries each host once. While none can be
    /// reached, calls it again for as long as [`connect`](Connector::connect) does.
    pub(super) fn patiently<T>(
        &self,
        patience: Duration,
        mut connect_once: impl FnMut(Instant) -> Result<T>,
    ) -> Result<T> {
        let begin = Instant::now();
        let mut patience = patience;
        let mut delay = FIRST_DELAY;
        loop {
            let until = after(begin, patience.max(self.settings.acquire_timeout));
            let error = match connect_once(until) {
                Ok(connection) => return Ok(connection),
                Err(error) => error,
            };
            if *error.kind() != ErrorKind::Disconnected {
                return Err(error);
            }
            if is_passing(&error) {
                patience = patience.max(self.settings.acquire_timeout);
            }
            let waited = begin.elapsed();
            if waited + delay >= patience || self.is_closing() {
                return Err(error.with_kind(ErrorKind::CannotOpen).with_remark(&format!("tried for {waited:.1?}")));
            }
            thread::sleep(delay);
            delay = (2 * delay).min(MAX_DELAY);
        }
    }

    /// Opens a connection for a few statements of the library that cannot run in the transaction
    /// of the user. Tries each host once, and waits for no answer longer than a moment.
    pub(super) fn connect_aside(&self) -> Result<Connection> {
        let watch = Arc::<Watch>::default();
        let connection = self.connect_once(&watch, &CancelTarget::default(), Instant::now() + ASIDE_TIMEOUT)?;
        watch.limit(Some(ASIDE_TIMEOUT));
        Ok(connection)
    }

    /// Opens a connection that listens to notifications. Tries each host once.
    ///
    /// # Errors
    /// Fails if no host can be reached, or if the connection leads to a pooler.
    pub(super) fn connect_to_listen(&self, watch: &Arc<Watch>) -> Result<Connection> {
        let until = after(Instant::now(), self.settings.acquire_timeout);
        let connection = self.connect_once(watch, &CancelTarget::default(), until)?;
        watch.limit(Some(self.options.connect_timeout));
        connection.check_session("`listen`")?;
        watch.limit(None);
        Ok(connection)
    }

    /// Opens a connection, as [`connect`](Connector::connect) does, but tries each host once.
    pub(super) fn connect_once(&self, watch: &Arc<Watch>, target: &CancelTarget, until: Instant) -> Result<Connection> {
        let mut refusal = None;
        let attributes = self.options.target;
        let rounds = if attributes == TargetSession::PreferStandby { 2 } else { 1 };
        for round in 0..rounds {
            for host in self.options.hosts_to_try() {
                let wanted = if round == 0 { attributes } else { TargetSession::Any };
                match self.connect_to(host, wanted, watch, until) {
                    Ok(connection) => {
                        target.set(host, &self.options, connection.key());
                        return Ok(connection);
                    }
                    Err(error) => {
                        let error = error.context(format_args!("the server at {host}"));
                        // What may pass is worth another attempt, whatever the other hosts say. A
                        // server that is starting is worth the longest wait.
                        let is_transient = *error.kind() == ErrorKind::Disconnected;
                        let is_better = |other: &Error| is_transient && (is_passing(&error) || !is_passing(other));
                        if refusal.as_ref().is_none_or(is_better) {
                            refusal = Some(error);
                        }
                    }
                }
            }
        }
        Err(refusal.unwrap_or_else(|| Error::usage("the address has no host")))
    }

    fn connect_to(&self, host: &Host, wanted: TargetSession, watch: &Arc<Watch>, until: Instant) -> Result<Connection> {
        let left = until.saturating_duration_since(Instant::now()).max(FIRST_DELAY);
        let timeout = self.options.connect_timeout.min(left);
        let unreachable = |error: std::io::Error| {
            let kind = if is_final(&error) { ErrorKind::CannotOpen } else { ErrorKind::Disconnected };
            Error::new(kind, format!("cannot be reached ({error})")).with_source(error)
        };
        watch.limit(Some(timeout));
        let mut socket = Socket::connect(host, timeout, &self.options.keepalive, watch).map_err(unreachable)?;
        encrypt(&mut socket, &self.options.tls, host)?;
        let end_point = socket.tls_end_point();
        let mut connection = Connection::new(socket, Arc::clone(watch), self.settings.statement_cache);
        log_in(&mut connection, &self.options, host, end_point)?;
        // Nothing may be prepared, and no setting expected, before this is known.
        if self.options.is_pooled || !connection.is_direct()? {
            self.options.check_pooled()?;
            connection.set_pooled();
            self.is_pooled.store(true, Ordering::Release);
        }
        watch.limit(None);
        let (is_standby, is_read_only) = connection.session();
        if !wanted.accepts(is_standby, is_read_only) {
            let is = if is_standby {
                "a standby"
            } else if is_read_only {
                "read-only"
            } else {
                "a primary"
            };
            let message = format!("is {is}, which `target_session_attrs` does not accept");
            return Err(Error::new(ErrorKind::Disconnected, message));
        }
        Ok(connection)
    }
}

/// Returns whether a server has answered that it is starting or ending.
fn is_passing(error: &Error) -> bool {
    error.code().is_some_and(|code| PASSING.contains(&code))
}

/// Returns whether it is no use to try again.
fn is_final(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::InvalidInput)
}
