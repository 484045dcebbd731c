//! Which of several replicas a connection for reads goes to, and what is known of each.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::engine::sync::lock;

/// How long a replica that could not be used is left alone before it is looked at again, at first
/// and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// How old what is known of the lag may be when a read begins.
const LAG_LIFETIME: Duration = Duration::from_secs(1);

/// The replicas of one database, by their numbers from 0 on, as all connections for reads see
/// them.
///
/// A replica that cannot be reached or is too far behind is *away*. No connection is opened to it
/// until a check has found it usable, so that only one read has to wait for a failed attempt.
#[derive(Debug)]
pub(crate) struct Replicas {
    replicas: Mutex<Vec<Replica>>,
    /// How far a replica may be behind; `None` for any lag.
    max_lag: Option<Duration>,
    /// The number of requests that ran on the primary, because no replica could be used.
    fallbacks: AtomicU64,
}

#[derive(Debug, Default)]
struct Replica {
    /// The number of connections to it.
    connections: usize,
    away: Option<Away>,
    /// A moment whose committed changes the replica certainly shows; `None` if none is known.
    shows: Option<Instant>,
    /// When the lag was measured.
    measured: Option<Instant>,
    /// The number of requests that it has answered.
    reads: u64,
    /// How often a connection has left it, or has passed it over.
    fallbacks: u64,
}

/// That a replica cannot be used.
#[derive(Clone, Copy, Debug)]
struct Away {
    /// When it is looked at again.
    until: Instant,
    pause: Duration,
    /// Whether somebody is looking.
    is_looked_at: bool,
}

/// What the connections have counted for one replica.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReplicaCounts {
    pub(crate) is_away: bool,
    pub(crate) reads: u64,
    pub(crate) fallbacks: u64,
}

impl Replicas {
    pub(crate) fn new(count: usize, max_lag: Option<Duration>) -> Arc<Replicas> {
        let replicas = (0..count).map(|_| Replica::default()).collect();
        Arc::new(Replicas { replicas: Mutex::new(replicas), max_lag, fallbacks: AtomicU64::new(0) })
    }

    /// Takes a place at the replica with the fewest connections of those that are not away.
    /// Returns `None` if there is none.
    pub(crate) fn take_seat(self: &Arc<Self>, without: Option<usize>) -> Option<Seat> {
        let mut replicas = lock(&self.replicas);
        let usable = replicas.iter_mut().enumerate().filter(|(number, _)| Some(*number) != without);
        let (number, replica) = usable.filter(|(_, at)| at.away.is_none()).min_by_key(|(_, at)| at.connections)?;
        replica.connections += 1;
        Some(Seat { replicas: Arc::clone(self), number: Some(number), is_taken: true })
    }

    /// Takes a place at the primary.
    pub(crate) fn take_seat_at_primary(self: &Arc<Self>) -> Seat {
        Seat { replicas: Arc::clone(self), number: None, is_taken: true }
    }

    /// Records that a replica cannot be used now.
    pub(crate) fn set_away(&self, number: usize) {
        if let Some(replica) = lock(&self.replicas).get_mut(number) {
            replica.set_away(Instant::now());
            replica.fallbacks += 1;
        }
    }

    /// Records that a connection goes elsewhere, although the replica can be used by others.
    pub(crate) fn count_fallback(&self, number: usize) {
        if let Some(replica) = lock(&self.replicas).get_mut(number) {
            replica.fallbacks += 1;
        }
    }

    /// Returns a replica that is away and has to be looked at again, or `None`. The caller looks,
    /// and records what it has [found](Replicas::end_look).
    pub(crate) fn begin_look(&self) -> Option<usize> {
        let now = Instant::now();
        let mut replicas = lock(&self.replicas);
        let mut away = replicas.iter_mut().map(|replica| replica.away.as_mut());
        let number = away.position(|away| away.is_some_and(|away| !away.is_looked_at && away.until <= now))?;
        if let Some(away) = &mut replicas[number].away {
            away.is_looked_at = true;
        }
        Some(number)
    }

    /// Records whether a replica that was away can be used again.
    pub(crate) fn end_look(&self, number: usize, is_usable: bool) {
        if let Some(replica) = lock(&self.replicas).get_mut(number) {
            match is_usable {
                true => replica.away = None,
                false => replica.set_away(Instant::now()),
            }
        }
    }

    /// Returns whether the lag of a replica has to be measured before a read. The caller measures
    /// it, and [records](Replicas::record_lag) it.
    pub(crate) fn begin_measuring(&self, number: usize) -> bool {
        let now = Instant::now();
        let mut replicas = lock(&self.replicas);
        let Some(replica) = replicas.get_mut(number).filter(|_| self.max_lag.is_some()) else { return false };
        let is_due = replica.measured.is_none_or(|at| now.saturating_duration_since(at) >= LAG_LIFETIME);
        if is_due {
            replica.measured = Some(now);
        }
        is_due
    }

    /// Records the lag of a replica as it was measured, `None` if it could not be. Returns how far
    /// it is behind at most: it cannot show an older state than it did before.
    pub(crate) fn record_lag(&self, number: usize, lag: Option<Duration>) -> Option<Duration> {
        let now = Instant::now();
        let mut replicas = lock(&self.replicas);
        let replica = replicas.get_mut(number)?;
        replica.measured = Some(now);
        let shows = lag.and_then(|lag| now.checked_sub(lag));
        replica.shows = replica.shows.max(shows);
        replica.shows.map(|shows| now.saturating_duration_since(shows)).or(lag)
    }

    /// Returns whether a replica that is this far behind can be used.
    pub(crate) fn accepts(&self, lag: Option<Duration>) -> bool {
        self.max_lag.is_none_or(|max| lag.is_some_and(|lag| lag <= max))
    }

    /// Returns whether there is a limit for the lag.
    pub(crate) fn has_max_lag(&self) -> bool {
        self.max_lag.is_some()
    }

    pub(crate) fn counts(&self, number: usize) -> Option<ReplicaCounts> {
        let replicas = lock(&self.replicas);
        let Replica { away, reads, fallbacks, .. } = replicas.get(number)?;
        Some(ReplicaCounts { is_away: away.is_some(), reads: *reads, fallbacks: *fallbacks })
    }

    /// Returns the number of requests that ran on a replica, and on the primary because no replica
    /// could be used.
    pub(crate) fn totals(&self) -> (u64, u64) {
        let reads = lock(&self.replicas).iter().map(|replica| replica.reads).sum();
        (reads, self.fallbacks.load(Ordering::Relaxed))
    }
}

impl Replica {
    fn set_away(&mut self, now: Instant) {
        let pause = self.away.map_or(FIRST_PAUSE, |away| (2 * away.pause).min(MAX_PAUSE));
        self.away = Some(Away { until: now + pause, pause, is_looked_at: false });
        // It may be another server when it is there again.
        (self.shows, self.measured) = (None, None);
    }
}

/// The place that a connection has at a replica or at the primary.
#[derive(Debug)]
pub(crate) struct Seat {
    replicas: Arc<Replicas>,
    number: Option<usize>,
    /// Whether the connection is counted.
    is_taken: bool,
}

impl Seat {
    /// Returns the number of the replica; `None` for the primary.
    pub(crate) fn number(&self) -> Option<usize> {
        self.number
    }

    /// Returns whether the connection should be replaced by one to another server: its replica is
    /// away, or it is at the primary and a replica can be used, or another replica has fewer
    /// connections. If so, the place is given up.
    pub(crate) fn leaves(&mut self) -> bool {
        let replicas = Arc::clone(&self.replicas);
        let mut replicas = lock(&replicas.replicas);
        let fewest = replicas.iter().filter(|replica| replica.away.is_none()).map(|replica| replica.connections).min();
        let leaves = match self.number.and_then(|number| replicas.get(number)) {
            Some(Replica { away: Some(_), .. }) => true,
            Some(Replica { connections, .. }) => fewest.is_some_and(|fewest| fewest + 1 < *connections),
            None => fewest.is_some(),
        };
        if leaves {
            self.vacate(&mut replicas);
        }
        leaves
    }

    /// Counts requests that were answered on the connection.
    pub(crate) fn count(&self, requests: u64) {
        match self
            .number
            .and_then(|number| lock(&self.replicas.replicas).get_mut(number).map(|at| at.reads += requests))
        {
            Some(()) => {}
            None => drop(self.replicas.fallbacks.fetch_add(requests, Ordering::Relaxed)),
        }
    }

    fn vacate(&mut self, replicas: &mut [Replica]) {
        if std::mem::take(&mut self.is_taken)
            && let Some(replica) = self.number.and_then(|number| replicas.get_mut(number))
        {
            replica.connections -= 1;
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let replicas = Arc::clone(&self.replicas);
        self.vacate(&mut lock(&replicas.replicas));
    }
}
