//! What each library does.

use bench_harness::{Checked, Result};

/// A library under test. The clones of a value share its connections.
pub trait Peer: Clone + Send + Sync + 'static {
    const NAME: &'static str;

    type Item: AsItem;
    type Trees: Checked + Send;

    /// Opens a pool of this many connections.
    fn open(address: &str, connections: usize) -> impl Future<Output = Result<Self>> + Send;

    /// Returns the handle that one of the 64 tasks uses.
    fn of_task(&self, _task: usize) -> Self {
        self.clone()
    }

    /// Reads a row of `item` by its key.
    fn item(&self, id: i64) -> impl Future<Output = Result<Self::Item>> + Send;

    /// Reads all rows of `item`.
    fn items(&self) -> impl Future<Output = Result<Vec<Self::Item>>> + Send;

    /// Reads the rows of `streamed` one by one as structs. Returns their number, and the sum of
    /// their keys and of the lengths of their names.
    fn stream(&self) -> impl Future<Output = Result<(i64, i64)>> + Send;

    /// Reads all users, their posts, and the comments of these.
    fn trees(&self) -> impl Future<Output = Result<Self::Trees>> + Send;

    /// Inserts a row into `log`.
    fn insert(&self, name: String, price: f64) -> impl Future<Output = Result> + Send;

    /// Adds 1 to the count of a row of `hot`.
    fn increment(&self, id: i64) -> impl Future<Output = Result> + Send;

    /// Sets the prices of two items in a transaction.
    fn set_prices(&self, prices: [(i64, f64); 2]) -> impl Future<Output = Result> + Send;

    /// Inserts many rows into `log` in the fastest way that the library has.
    fn bulk(&self, rows: Vec<(String, f64)>) -> impl Future<Output = Result> + Send;

    /// Runs a query that takes this number of seconds.
    fn sleep(&self, seconds: f64) -> impl Future<Output = Result> + Send;
}

/// A library's struct for a row of `item`, whose fields were all read.
pub trait AsItem: Send + 'static {
    fn fields(&self) -> (i64, &str, f64, bool);
}

/// Implements [`AsItem`] for a struct whose fields are named like the columns.
#[macro_export]
macro_rules! as_item {
    ($item:ty) => {
        impl $crate::AsItem for $item {
            fn fields(&self) -> (i64, &str, f64, bool) {
                (self.id, &self.name, self.price, self.sold)
            }
        }
    };
}

/// Fails if a statement did not do what it should.
pub fn check(holds: bool) -> Result {
    if holds { Ok(()) } else { Err("a wrong result".into()) }
}
