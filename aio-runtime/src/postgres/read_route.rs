//! Where connections go: to the servers of the address, or, to read, to a replica, and to the
//! servers of the address while no replica can be used.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::cancel::CancelTarget;
use super::connection::Connection;
use super::connector::{ASIDE_TIMEOUT, Connector};
use super::lag::Lag;
use crate::caught::caught;
use crate::engine::{ReplicaStatus, name_of};
use crate::error::{Error, ErrorKind, Result};
use crate::server::{Replicas, Seat, Watch};

/// Lets a session refuse what writes, also on a primary.
const ONLY_READ: &str = "SET default_transaction_read_only = on";

/// Where the connections of some threads go.
#[derive(Clone)]
pub(super) enum Route {
    /// To the servers of the address.
    Primary(Arc<Connector>),
    /// To a replica, if one can be used.
    Reads(Arc<ReadRoute>),
}

/// A connection that was opened.
pub(super) struct Opened {
    pub(super) connection: Connection,
    /// What has opened it.
    pub(super) connector: Arc<Connector>,
    /// Its place, if it was opened for reads.
    pub(super) seat: Option<Seat>,
}

/// The way to the replicas.
pub(super) struct ReadRoute {
    primary: Arc<Connector>,
    /// The connectors of the replicas, by their numbers.
    connectors: Vec<Arc<Connector>>,
    replicas: Arc<Replicas>,
}

impl Route {
    /// Returns what opens connections to the servers of the address.
    pub(super) fn primary(&self) -> &Arc<Connector> {
        match self {
            Route::Primary(connector) => connector,
            Route::Reads(route) => &route.primary,
        }
    }

    /// Returns the way to the replicas, if this is one.
    pub(super) fn reads(&self) -> Option<&Arc<ReadRoute>> {
        match self {
            Route::Primary(_) => None,
            Route::Reads(route) => Some(route),
        }
    }

    /// Opens a connection as [`Connector::connect`] does, and not to the replica `without` if
    /// there is another way.
    pub(super) fn connect(
        &self,
        watch: &Arc<Watch>,
        target: &CancelTarget,
        patience: Duration,
        without: Option<usize>,
    ) -> Result<Opened> {
        match self {
            Route::Primary(connector) => {
                let connection = connector.connect(watch, target, patience)?;
                Ok(Opened { connection, connector: Arc::clone(connector), seat: None })
            }
            Route::Reads(route) => route.connect(watch, target, patience, without),
        }
    }
}

impl ReadRoute {
    pub(super) fn new(
        primary: &Arc<Connector>,
        connectors: Vec<Arc<Connector>>,
        max_lag: Option<Duration>,
    ) -> ReadRoute {
        let replicas = Replicas::new(connectors.len(), max_lag);
        ReadRoute { primary: Arc::clone(primary), connectors, replicas }
    }

    pub(super) fn replicas(&self) -> &Arc<Replicas> {
        &self.replicas
    }

    /// Gives up the attempts to connect: the database is closing.
    pub(super) fn begin_closing(&self) {
        self.connectors.iter().for_each(|connector| connector.begin_closing());
    }

    fn connect(
        self: &Arc<Self>,
        watch: &Arc<Watch>,
        target: &CancelTarget,
        patience: Duration,
        without: Option<usize>,
    ) -> Result<Opened> {
        let mut without = without;
        self.primary.patiently(patience, |until| self.connect_once(watch, target, until, without.take()))
    }

    fn connect_once(
        self: &Arc<Self>,
        watch: &Arc<Watch>,
        target: &CancelTarget,
        until: Instant,
        without: Option<usize>,
    ) -> Result<Opened> {
        self.look_again();
        for _ in &self.connectors {
            let Some((seat, number)) =
                self.replicas.take_seat(without).and_then(|seat| seat.number().map(|number| (seat, number)))
            else {
                break;
            };
            let Some(connector) = self.connectors.get(number) else { break };
            match self.connect_to(number, connector, watch, target, until) {
                Ok(connection) => {
                    return Ok(Opened { connection, connector: Arc::clone(connector), seat: Some(seat) });
                }
                Err(_) => self.replicas.set_away(number),
            }
        }
        let mut connection = self.primary.connect_once(watch, target, until)?;
        only_read(&mut connection)?;
        let seat = self.replicas.take_seat_at_primary();
        Ok(Opened { connection, connector: Arc::clone(&self.primary), seat: Some(seat) })
    }

    /// Opens a connection to a replica, if that is not too far behind.
    fn connect_to(
        &self,
        number: usize,
        connector: &Connector,
        watch: &Arc<Watch>,
        target: &CancelTarget,
        until: Instant,
    ) -> Result<Connection> {
        let mut connection = connector.connect_once(watch, target, until)?;
        only_read(&mut connection)?;
        if self.replicas.has_max_lag() {
            self.check_lag(number, &mut connection, watch)?;
        }
        Ok(connection)
    }

    /// Measures how far a replica is behind.
    ///
    /// # Errors
    /// Fails if it is too far behind, or does not say it.
    fn check_lag(&self, number: usize, connection: &mut Connection, watch: &Watch) -> Result<()> {
        watch.limit(Some(ASIDE_TIMEOUT));
        let lag = Lag::of(connection);
        watch.limit(None);
        match self.replicas.accepts(self.replicas.record_lag(number, lag?.time)) {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::Disconnected, "the replica is too far behind")),
        }
    }

    /// Returns whether a connection has to be replaced before the next read, so that this goes to
    /// the right server.
    pub(super) fn leaves(self: &Arc<Self>, seat: &mut Seat, connection: &mut Connection, watch: &Watch) -> bool {
        self.look_again();
        if let Some(number) = seat.number()
            && self.replicas.begin_measuring(number)
            && self.check_lag(number, connection, watch).is_err()
        {
            self.replicas.set_away(number);
        }
        seat.leaves()
    }

    /// Looks, on threads of their own, whether replicas that were away can be used again.
    fn look_again(self: &Arc<Self>) {
        while let Some(number) = self.replicas.begin_look() {
            let route = Arc::clone(self);
            let look = move || {
                let is_usable = caught(|| route.is_usable(number)).unwrap_or(false);
                route.replicas.end_look(number, is_usable);
            };
            if thread::Builder::new().name(name_of("replica check").to_string()).spawn(look).is_err() {
                self.replicas.end_look(number, false);
            }
        }
    }

    fn is_usable(&self, number: usize) -> bool {
        let Some(connector) = self.connectors.get(number).filter(|connector| !connector.is_closing()) else {
            return false;
        };
        let Ok(mut connection) = connector.connect_aside() else { return false };
        !self.replicas.has_max_lag()
            || Lag::of(&mut connection)
                .is_ok_and(|lag| self.replicas.accepts(self.replicas.record_lag(number, lag.time)))
    }

    /// Returns the number of replicas.
    pub(super) fn count(&self) -> usize {
        self.connectors.len()
    }

    /// Asks a replica for its state. This blocks.
    pub(super) fn status(&self, number: usize) -> Option<ReplicaStatus> {
        let connector = self.connectors.get(number)?;
        let lag = connector.connect_aside().and_then(|mut connection| Lag::of(&mut connection));
        let (error, lag, lag_bytes) = match lag {
            Ok(Lag { time, bytes }) => {
                let lag = self.replicas.record_lag(number, time);
                if self.replicas.accepts(lag) {
                    self.replicas.end_look(number, true);
                }
                (None, lag, bytes)
            }
            Err(error) => (Some(error), None, None),
        };
        let counts = self.replicas.counts(number)?;
        Some(ReplicaStatus {
            address: connector.options.to_string(),
            error,
            lag,
            lag_bytes,
            is_used: !counts.is_away,
            reads: counts.reads,
            fallbacks: counts.fallbacks,
        })
    }
}

/// Lets the session of a connection for reads refuse what writes. Behind a pooler, the session is
/// also that of other clients.
///
/// # Errors
/// Fails if the connection is lost.
pub(super) fn only_read(connection: &mut Connection) -> Result<()> {
    match connection.is_pooled() {
        true => Ok(()),
        false => connection.run(ONLY_READ).map_err(|failure| failure.into_error(ONLY_READ)),
    }
}
