//! The modes in which a transaction can begin.

/// How a transaction begins.
///
/// A database may lack some of the modes; beginning a transaction in one of these fails with
/// [`Unsupported`](crate::ErrorKind::Unsupported). SQLite has all of them
/// (<https://sqlite.org/lang_transaction.html#deferred_immediate_and_exclusive_transactions>),
/// PostgreSQL all but `Exclusive`
/// (<https://www.postgresql.org/docs/current/transaction-iso.html>).
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::TransactionMode;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// // Both counts are of the same state of the database, whatever is written meanwhile.
/// let tx = db.begin_with(TransactionMode::ReadOnly).await?;
/// let all = User::select().count(&tx).await?;
/// let good = User::select().filter(User::KARMA.gt(5)).count(&tx).await?;
/// tx.commit().await?;
/// assert_eq!((all, good), (2, 1));
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransactionMode {
    /// For reading and writing, in the database's usual mode.
    ///
    /// With PostgreSQL, each statement sees what other transactions have committed before it (READ
    /// COMMITTED). With SQLite the transaction takes the write lock when it begins, so no
    /// statement in it fails because another transaction has written.
    #[default]
    Immediate,
    /// For reading at first, and for writing from the first write on.
    ///
    /// With PostgreSQL this is the same as `Immediate`. With SQLite the transaction begins as a
    /// reader. Its first write takes the write lock, and fails with
    /// [`Conflict`](crate::ErrorKind::Conflict) if another transaction has written in the
    /// meantime.
    Deferred,
    /// For reading and writing, where all statements see the database as it was at the beginning.
    ///
    /// A write of a row that another transaction has changed since then fails with
    /// [`Conflict`](crate::ErrorKind::Conflict). With SQLite this is the same as `Immediate`,
    /// because nobody else writes while the transaction is open.
    RepeatableRead,
    /// For reading and writing, with the same result as if the transactions had run one after the
    /// other.
    ///
    /// A statement or the commit fails with [`Conflict`](crate::ErrorKind::Conflict) if that would
    /// not be so; [`retry_transaction`](crate::Executor::retry_transaction_with) repeats the
    /// transaction then. With SQLite this is the same as `Immediate`.
    Serializable,
    /// For exclusive access to the database.
    ///
    /// With SQLite and a write-ahead log, `Exclusive` has the effect of `Immediate`.
    Exclusive,
    /// For reading only: each statement sees the database as it was at the beginning, and a write
    /// fails.
    ///
    /// If the database has [replicas](crate::Builder::replica), a transaction that is begun on the
    /// database runs on one of them, and what it sees may be a moment old. `RepeatableRead` sees
    /// the newest state, and so does `ReadOnly` on a [`Connection`](crate::Connection).
    ReadOnly,
}
