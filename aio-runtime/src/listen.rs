//! Notifications: `listen` and `notify`.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::database::Database;
use crate::engine::{Heard, Subscription};
use crate::error::{Error, Result};
use crate::executor::{Executor, PendingRequest, ReplyOptions};

/// The names of the channels to which [`Database::listen`] listens: one text, or a list of them.
pub trait ChannelNames {
    /// Returns the names.
    fn into_names(self) -> Vec<String>;
}

impl ChannelNames for &str {
    fn into_names(self) -> Vec<String> {
        vec![self.to_owned()]
    }
}

impl ChannelNames for String {
    fn into_names(self) -> Vec<String> {
        vec![self]
    }
}

impl ChannelNames for &String {
    fn into_names(self) -> Vec<String> {
        vec![self.clone()]
    }
}

impl<T: Into<String>, const N: usize> ChannelNames for [T; N] {
    fn into_names(self) -> Vec<String> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<T: Into<String>> ChannelNames for Vec<T> {
    fn into_names(self) -> Vec<String> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<T: AsRef<str>> ChannelNames for &[T] {
    fn into_names(self) -> Vec<String> {
        self.iter().map(|name| name.as_ref().to_owned()).collect()
    }
}

/// The notifications of some channels, one after another; [`Database::listen`] returns it. Read
/// them by [`next`](Notifications::next), or as a [`Stream`].
///
/// If the connection to the server is lost, it is opened again, as often as it takes, and the next
/// item is [`Heard::Lost`]: what was sent meanwhile is gone. The same is said if the task does not
/// read, and more than 8 MiB have come meanwhile; the first of them are kept.
///
/// The stream ends when the database is [closed](Database::close). When it is dropped, the
/// listening ends. Until then the database stays open.
///
/// ```
/// # use aio_runtime::{Database, Heard, Result};
/// # async fn run(db: Database) -> Result<()> {
/// let mut notifications = db.listen("orders").await?;
/// while let Some(heard) = notifications.next().await {
///     match heard {
///         Heard::Notification(order) => println!("order {}", order.payload),
///         Heard::Lost => println!("look for orders that were not heard of"),
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "the listening ends when the stream is dropped"]
pub struct Notifications {
    subscription: Subscription,
    /// Keeps the database open.
    _executor: Executor,
}

impl Notifications {
    /// Returns what comes next: a notification, or that some may be lost. Returns `None` when the
    /// database is closed.
    ///
    /// # Cancellation
    /// If the future is dropped, nothing is lost: the next call returns it.
    pub async fn next(&mut self) -> Option<Heard> {
        std::future::poll_fn(|context| self.subscription.inbox().poll(context)).await
    }
}

impl Stream for Notifications {
    type Item = Heard;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Heard>> {
        self.subscription.inbox().poll(context)
    }
}

impl std::fmt::Debug for Notifications {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notifications").finish_non_exhaustive()
    }
}

impl Database {
    /// Listens to a channel of the server, or to several: returns the notifications that
    /// [`notify`](Executor::notify), in this program or in any other, sends there from now on.
    /// When the future is ready, the server has confirmed it, so that nothing that is sent
    /// afterwards is missed.
    ///
    /// The name of a channel is any text up to 63 bytes. All streams of a database share one
    /// connection, with a thread of its own, which exists while one of them does and is not
    /// counted among the [`connections`](crate::Builder::connections) nor replaced after the
    /// [`max_lifetime`](crate::Builder::max_lifetime). After 30 seconds without a
    /// notification (or `keepalives_idle` of the address), the server is asked whether it is still
    /// there.
    ///
    /// Only PostgreSQL has notifications. With SQLite, tell the other tasks of the program through
    /// a channel of its async runtime, after the commit.
    ///
    /// ```
    /// # use aio_runtime::{Database, Heard, Result};
    /// # async fn run(db: Database) -> Result<()> {
    /// let mut notifications = db.listen(["orders", "returns"]).await?;
    /// db.notify("orders", "17").await?;
    /// if let Some(Heard::Notification(heard)) = notifications.next().await {
    ///     assert_eq!((&*heard.channel, &*heard.payload), ("orders", "17"));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) with SQLite, and behind a pooler,
    /// which gives the session to others between two statements;
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) for a name that the server would refuse or
    /// cut; [`ErrorKind::CannotOpen`](crate::ErrorKind::CannotOpen) if no connection can be opened
    /// within the [acquire timeout](crate::Builder::acquire_timeout).
    ///
    /// # Cancellation
    /// If the future is dropped, the listening ends.
    pub async fn listen(&self, channels: impl ChannelNames) -> Result<Notifications> {
        let channels = channels.into_names();
        if channels.is_empty() {
            return Err(Error::usage("the list of channels is empty: name one"));
        }
        let executor: &Executor = self;
        let subscription = executor.backend().listen(channels)?.confirmed().await?;
        Ok(Notifications { subscription, _executor: executor.clone() })
    }
}

impl Executor {
    /// Sends a notification to all who [listen](Database::listen) to a channel, in this program or
    /// in any other. The payload is a text of up to 7,999 bytes, which may be empty.
    ///
    /// In a transaction, the notification is sent when the transaction is committed, and not at
    /// all if it is rolled back; what is sent twice in one transaction with the same payload may
    /// arrive once. Notifications of one transaction arrive in their order, those of several in
    /// the order of their commits.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result, sql};
    /// # async fn run(db: Database) -> Result<()> {
    /// db.transaction(|tx| async move {
    ///     sql!("update orders set paid = true where id = 17").execute(&tx).await?;
    ///     tx.notify("orders", "17").await
    /// })
    /// .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) with SQLite,
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) for a name that the server would refuse or
    /// cut, [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for a payload that is too
    /// long, and the errors of any statement that writes.
    ///
    /// # Cancellation
    /// If the future is dropped before the statement has begun, nothing is sent. A statement that
    /// has begun is finished.
    pub async fn notify(&self, channel: &str, payload: &str) -> Result<()> {
        let command = self.backend().notify(channel, payload)?;
        PendingRequest::new(self, command, ReplyOptions::OUTCOME).outcome().await.map(drop)
    }
}
