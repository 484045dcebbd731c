//! Listens to notifications, on one connection for all streams of a database.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::connection::Connection;
use super::connector::Connector;
use super::notify::quoted;
use crate::engine::errors::closed;
use crate::engine::sync::lock;
use crate::engine::{Inbox, Notification, PendingSubscription, Subscription, Threads, after, backoff, name_of};
use crate::error::{Error, ErrorKind, Result};
use crate::server::{Signal, Watch};
use crate::trace::listening_interrupted;

/// After which time without a sign of the server it is asked for one, unless the address has
/// `keepalives_idle`. A connection on which only the server sends would not notice otherwise that
/// a firewall on the way has forgotten it.
const CHECK_INTERVAL: Duration = Duration::from_secs(30);

/// How many notifications are passed on before the thread looks whether something else is wanted.
const AT_ONCE: usize = 256;

/// The streams of a database that listen, and the thread that serves them. The thread runs while
/// there is a stream.
pub(super) struct Listener {
    connector: Arc<Connector>,
    state: Mutex<State>,
    /// Set when the state has changed. It is made when it is first needed.
    signal: OnceLock<Signal>,
}

#[derive(Default)]
struct State {
    subscribers: Vec<Subscriber>,
    next: u64,
    is_running: bool,
    is_closing: bool,
}

struct Subscriber {
    id: u64,
    channels: Vec<String>,
    inbox: Arc<Inbox>,
    /// Who waits for the confirmation; `None` after it.
    pending: Option<Pending>,
}

struct Pending {
    confirmed: oneshot::Sender<Result<()>>,
    since: Instant,
}

impl Pending {
    /// Tells who waits. Nobody does if the future was dropped.
    fn tell(self, result: Result<()>) {
        drop(self.confirmed.send(result));
    }
}

impl Listener {
    pub(super) fn new(connector: &Arc<Connector>) -> Arc<Listener> {
        Arc::new(Listener { connector: Arc::clone(connector), state: Mutex::default(), signal: OnceLock::new() })
    }

    /// Begins to listen to these channels, whose names are valid.
    ///
    /// # Errors
    /// Fails if the database is closed, or if the system cannot start a thread.
    pub(super) fn listen(
        self: &Arc<Listener>,
        threads: &Arc<Threads>,
        channels: Vec<String>,
    ) -> Result<PendingSubscription> {
        let signal = self.signal()?;
        let (sender, confirmed) = oneshot::channel();
        let inbox = Arc::<Inbox>::default();
        let mut state = lock(&self.state);
        if state.is_closing {
            return Err(closed());
        }
        if !state.is_running {
            let listener = Arc::clone(self);
            threads.spawn(&name_of("listener"), move || listener.run())?;
            state.is_running = true;
        }
        let id = state.next;
        state.next += 1;
        let pending = Some(Pending { confirmed: sender, since: Instant::now() });
        state.subscribers.push(Subscriber { id, channels, inbox: Arc::clone(&inbox), pending });
        drop(state);
        signal.set();
        let listener = Arc::clone(self);
        Ok(PendingSubscription { subscription: Subscription::new(&inbox, move || listener.leave(id)), confirmed })
    }

    fn signal(&self) -> Result<&Signal> {
        if let Some(signal) = self.signal.get() {
            return Ok(signal);
        }
        let signal = Signal::new().map_err(|error| {
            Error::new(ErrorKind::Other, "cannot make the pipe that wakes the listening thread").with_source(error)
        })?;
        Ok(self.signal.get_or_init(|| signal))
    }

    /// Ends the listening of a stream.
    fn leave(&self, id: u64) {
        lock(&self.state).subscribers.retain(|subscriber| subscriber.id != id);
        self.wake();
    }

    fn wake(&self) {
        if let Some(signal) = self.signal.get() {
            signal.set();
        }
    }

    /// Ends all streams, and refuses new ones.
    pub(super) fn begin_closing(&self) {
        lock(&self.state).is_closing = true;
        self.wake();
    }

    /// Runs on the thread: listens, and connects again when the connection is lost, until no
    /// stream is left.
    fn run(&self) {
        let _end = EndOfThread(self);
        let Ok(signal) = self.signal() else { return };
        let mut failures = 0;
        loop {
            signal.clear();
            if self.wanted().is_none() {
                return;
            }
            let Err(error) = self.serve(signal, &mut failures) else { return };
            failures += 1;
            if self.refuse(&error) && failures == 1 {
                listening_interrupted(&error);
            }
            if signal.wait(backoff(failures)).is_err() {
                std::thread::sleep(backoff(failures));
            }
        }
    }

    /// Opens a connection, and listens on it until no stream is left.
    ///
    /// # Errors
    /// Fails if the connection cannot be opened or is lost.
    fn serve(&self, signal: &Signal, failures: &mut u32) -> Result<()> {
        let options = &self.connector.options;
        let interval = options.keepalive.idle.unwrap_or(CHECK_INTERVAL);
        let watch = Arc::<Watch>::default();
        let mut connection = self.connector.connect_to_listen(&watch)?;
        connection.keep_notifications();
        let mut listened = BTreeSet::new();
        let mut is_new = true;
        let mut last_sign = Instant::now();
        loop {
            signal.clear();
            let Some(wanted) = self.wanted() else { return Ok(()) };
            if wanted != listened {
                watch.limit(Some(options.connect_timeout));
                change(&mut connection, &listened, &wanted)?;
                watch.limit(None);
                listened = wanted;
            }
            self.confirm(&listened, std::mem::take(&mut is_new));
            *failures = 0;
            let mut passed = 0;
            while passed < AT_ONCE
                && let Some(notification) = connection.next_notification()?
            {
                self.deliver(&notification);
                (passed, last_sign) = (passed + 1, Instant::now());
            }
            if passed == AT_ONCE {
                continue;
            }
            let left = interval.saturating_sub(last_sign.elapsed());
            if left.is_zero() {
                watch.limit(Some(options.connect_timeout));
                connection.check()?;
                watch.limit(None);
                last_sign = Instant::now();
            } else {
                connection.wait_beside(signal, left)?;
            }
        }
    }

    /// Returns the channels to which somebody listens, or `None` if the thread ends, because
    /// nobody does or because the database is closing.
    fn wanted(&self) -> Option<BTreeSet<String>> {
        let mut state = lock(&self.state);
        if state.is_closing || state.subscribers.is_empty() {
            // Under the same lock, so that who comes later starts another thread.
            state.is_running = false;
            let left = std::mem::take(&mut state.subscribers);
            drop(state);
            end(left);
            return None;
        }
        Some(state.subscribers.iter().flat_map(|subscriber| &subscriber.channels).cloned().collect())
    }

    /// Confirms the streams all of whose channels are listened to. The others have missed
    /// something if the connection is a new one.
    fn confirm(&self, listened: &BTreeSet<String>, is_new: bool) {
        let (mut confirmed, mut missed) = (Vec::new(), Vec::new());
        for subscriber in &mut lock(&self.state).subscribers {
            if subscriber.pending.is_none() {
                if is_new {
                    missed.push(Arc::clone(&subscriber.inbox));
                }
            } else if subscriber.channels.iter().all(|channel| listened.contains(channel)) {
                confirmed.extend(subscriber.pending.take());
            }
        }
        for inbox in missed {
            inbox.push_lost();
        }
        for pending in confirmed {
            pending.tell(Ok(()));
        }
    }

    /// Passes a notification on to the streams that listen to its channel.
    fn deliver(&self, notification: &Notification) {
        let hears = |subscriber: &&Subscriber| {
            subscriber.pending.is_none() && subscriber.channels.contains(&notification.channel)
        };
        let subscribers = lock(&self.state);
        let inboxes: Vec<_> =
            subscribers.subscribers.iter().filter(hears).map(|subscriber| Arc::clone(&subscriber.inbox)).collect();
        drop(subscribers);
        for inbox in inboxes {
            inbox.push(notification);
        }
    }

    /// Fails the streams that wait for their confirmation, unless another attempt may succeed.
    /// Returns whether there are streams that were confirmed before.
    fn refuse(&self, error: &Error) -> bool {
        let patience = self.connector.settings.acquire_timeout;
        let may_pass = *error.kind() == ErrorKind::Disconnected;
        let mut state = lock(&self.state);
        let mut refused = Vec::new();
        state.subscribers.retain_mut(|subscriber| {
            let is_refused = |pending: &mut Pending| !may_pass || Instant::now() >= after(pending.since, patience);
            let Some(pending) = subscriber.pending.take_if(is_refused) else { return true };
            refused.push(pending);
            false
        });
        let has_confirmed = state.subscribers.iter().any(|subscriber| subscriber.pending.is_none());
        drop(state);
        for pending in refused {
            let waited = pending.since.elapsed();
            let error = error.without_source();
            pending.tell(Err(match may_pass {
                true => error.with_kind(ErrorKind::CannotOpen).with_remark(&format!("tried for {waited:.1?}")),
                false => error,
            }));
        }
        has_confirmed
    }
}

/// Makes the session listen to the wanted channels in place of those to which it listens.
fn change(connection: &mut Connection, listened: &BTreeSet<String>, wanted: &BTreeSet<String>) -> Result<()> {
    let begun = wanted.difference(listened).map(|channel| format!("LISTEN {}", quoted(channel)));
    let ended = listened.difference(wanted).map(|channel| format!("UNLISTEN {}", quoted(channel)));
    let text = begun.chain(ended).collect::<Vec<_>>().join("; ");
    connection.run(&text).map_err(|failure| failure.into_error(&text))
}

/// Ends streams, because the database is closing.
fn end(subscribers: Vec<Subscriber>) {
    for Subscriber { inbox, pending, .. } in subscribers {
        inbox.end();
        if let Some(pending) = pending {
            pending.tell(Err(closed()));
        }
    }
}

/// Ends the streams when the thread ends in a way that was not foreseen, such as a panic.
struct EndOfThread<'a>(&'a Listener);

impl Drop for EndOfThread<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let mut state = lock(&self.0.state);
        state.is_running = false;
        let left = std::mem::take(&mut state.subscribers);
        drop(state);
        end(left);
    }
}
