//! The interface of a program of the benchmark: the operations that it performs with its library.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::check::{AsJoined, AsUser, Check, Checked};
use crate::workload::Workload;

pub type Result<T = (), E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

/// A row of the left join: a user, and a post if the user has one. For libraries that can read
/// into any type.
pub type Joined<U, P> = (U, Option<P>);

/// A row of `users`, for libraries that can read into any struct.
#[derive(Clone, Debug)]
pub struct User {
    pub id: i64,
    pub name: String,
    pub hair_color: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Post {
    pub id: i64,
    pub user_id: i64,
    pub title: String,
}

#[derive(Clone, Debug)]
pub struct Comment {
    pub id: i64,
    pub post_id: i64,
    pub text: String,
}

crate::shapes!(User, Post, Comment);

/// A user to insert. The database generates the key.
#[derive(Clone, Debug)]
pub struct NewUser {
    pub name: String,
    pub hair_color: Option<String>,
}

impl NewUser {
    /// Returns the check of the row without its key, which is not known in advance.
    pub fn check(&self) -> Check {
        Check::row(&[], &[Some(&self.name), self.hair_color.as_deref()])
    }
}

/// A row that the workload `bulk` inserts.
#[derive(Clone, Debug)]
pub struct Item {
    pub id: i64,
    pub name: String,
    pub price: f64,
    pub stock: i64,
}

impl Item {
    pub fn check(&self) -> Check {
        Check::row(&[self.id, self.stock, self.price.to_bits() as i64], &[Some(&self.name)])
    }
}

/// A row that the workload `stream` reads.
#[derive(Clone, Debug)]
pub struct Reading {
    pub id: i64,
    pub sensor: String,
    pub value: f64,
}

/// The connections that a program opens for a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// One pool for reads and writes.
    Of(usize),
    /// A pool of this size for reads, and a separate connection for writes.
    Split(usize),
}

impl Pool {
    pub fn size(self) -> usize {
        match self {
            Pool::Of(size) | Pool::Split(size) => size,
        }
    }

    /// Parses a pool from the command line: `4` or `4+1`. Returns `None` if the text is invalid.
    pub fn parse(text: &str) -> Option<Pool> {
        match text.strip_suffix("+1") {
            Some(size) => size.parse().ok().map(Pool::Split),
            None => text.parse().ok().map(Pool::Of),
        }
    }
}

impl std::fmt::Display for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Pool::Of(size) => write!(f, "{size}"),
            Pool::Split(size) => write!(f, "{size}+1"),
        }
    }
}

/// The file to open, and the settings.
#[derive(Clone, Debug)]
pub struct Open {
    pub path: PathBuf,
    pub workload: Workload,
    pub pool: Pool,
}

impl Open {
    pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn synchronous(&self) -> &'static str {
        if self.workload.full() { "FULL" } else { "NORMAL" }
    }

    /// Returns the pragmas that every connection runs first. The busy timeout comes before the
    /// others, which may have to wait for a lock.
    pub fn pragmas(&self) -> String {
        format!(
            "pragma busy_timeout = {}; pragma journal_mode = WAL; pragma synchronous = {}; pragma foreign_keys = on;",
            Self::BUSY_TIMEOUT.as_millis(),
            self.synchronous()
        )
    }
}

/// A library under test. The clones of a value share its connections.
///
/// If a library blocks, its futures do the work when they are first polled, [`Peer::SYNC`] is set,
/// and the 64 tasks are threads.
pub trait Peer: Clone + Send + Sync + 'static {
    const NAME: &'static str;
    const SYNC: bool = false;

    type User: AsUser;
    type Joined: AsJoined;
    type Trees: Checked + Send;

    /// Returns the pool that is used unless the command line sets another one.
    fn pool(workload: Workload) -> Pool;

    fn open(open: Open) -> impl Future<Output = Result<Self>> + Send;

    /// Returns the handle that one of the 64 tasks uses.
    fn task(&self) -> impl Future<Output = Result<Self>> + Send {
        async { Ok(self.clone()) }
    }

    /// Runs `select sqlite_version()`.
    fn version(&self) -> impl Future<Output = Result<String>> + Send;

    /// Reads all rows of `users`.
    fn users(&self) -> impl Future<Output = Result<Vec<Self::User>>> + Send;

    /// Reads the users with the hair colour [`HAIR_COLOR`](crate::data::HAIR_COLOR), left joined
    /// with their posts.
    fn join(&self) -> impl Future<Output = Result<Vec<Self::Joined>>> + Send;

    /// Reads all users, their posts and the posts' comments by three statements. The second
    /// statement selects the posts of the users, and the third the comments of these posts.
    fn trees(&self) -> impl Future<Output = Result<Self::Trees>> + Send;

    /// Reads one user by its key.
    fn user(&self, id: i64) -> impl Future<Output = Result<Self::User>> + Send;

    /// Inserts one user in its own transaction.
    fn insert(&self, user: NewUser) -> impl Future<Output = Result> + Send;

    /// Inserts users in one transaction.
    fn insert_batch(&self, users: Vec<NewUser>) -> impl Future<Output = Result> + Send;

    /// Inserts items in one transaction.
    fn bulk(&self, items: Vec<Item>) -> impl Future<Output = Result> + Send;

    /// Reads `readings` row by row, and adds each struct to the check.
    fn stream(&self) -> impl Future<Output = Result<Check>> + Send;

    /// Runs [`COUNT`](crate::data::COUNT).
    fn count(&self, to: i64) -> impl Future<Output = Result<i64>> + Send;

    /// Runs `select 1` on the connection that `count` uses.
    fn one(&self) -> impl Future<Output = Result<i64>> + Send;
}
