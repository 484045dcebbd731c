//! Windows over the rows of a query.

use std::marker::PhantomData;

use super::node::{FrameBound, FrameExclude, FrameNode, FrameUnit, WindowNode};
use super::order::{Orders, Terms};
use super::scope::Both;

/// The window of a window function: which rows the value of each row is computed from, and in
/// which order.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table, row_number, window};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, team: String, karma: i32 }
/// # async fn run(db: Database) -> Result<()> {
/// let place = row_number().over(window().partition_by(User::TEAM).order_by(User::KARMA.desc()));
/// let so_far = User::KARMA.sum().over(window().order_by(User::ID));
/// let rows: Vec<(i64, i64, Option<i64>)> =
///     User::select().columns((User::ID, place, so_far)).all(&db).await?;
/// # Ok(())
/// # }
/// ```
pub struct Window<S> {
    node: Box<WindowNode>,
    scope: PhantomData<fn() -> S>,
}

/// Creates a window over all rows of the query, in no particular order.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{row_number, window};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let place = row_number().over(window().order_by(User::KARMA.desc()));
/// let places: Vec<(i64, String)> =
///     User::select().columns((place, User::NAME)).order_by(User::NAME.desc()).all(&db).await?;
/// assert_eq!(places, [(1, "Dana".to_owned()), (2, "Dan".to_owned())]);
/// # db.close().await
/// # }
/// ```
pub fn window() -> Window<()> {
    Window { node: Box::default(), scope: PhantomData }
}

impl<S> Clone for Window<S> {
    fn clone(&self) -> Self {
        Window { node: self.node.clone(), scope: PhantomData }
    }
}

impl<S> std::fmt::Debug for Window<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.node.fmt(f)
    }
}

impl<S> Window<S> {
    pub(crate) fn into_node(self) -> Box<WindowNode> {
        self.node
    }

    fn retyped<T>(self) -> Window<T> {
        Window { node: self.node, scope: PhantomData }
    }

    /// Divides the rows into partitions: `PARTITION BY`. The value of a row is computed from the
    /// rows that are equal to it in these columns or expressions.
    pub fn partition_by<C: Terms>(mut self, columns: C) -> Window<Both<S, C::Scope>> {
        columns.append_to(&mut self.node.partition);
        self.retyped()
    }

    /// Sets the order of the rows: `ORDER BY`. If no frame is set, the value of a row is then
    /// computed from the rows before it, the row itself and the rows that are sorted as equal to
    /// it.
    pub fn order_by<C: Orders>(mut self, orders: C) -> Window<Both<S, C::Scope>> {
        orders.append_to(&mut self.node.orders);
        self.retyped()
    }

    /// Sets the frame `ROWS BETWEEN start AND end`. `rows(FrameBound::Preceding(6),
    /// FrameBound::Current)` is a frame of seven rows.
    pub fn rows(self, start: FrameBound, end: FrameBound) -> Self {
        self.frame(FrameUnit::Rows, start, end)
    }

    /// Sets the frame `RANGE BETWEEN start AND end`. The bounds are differences from the current
    /// row's value of the expression that the window is sorted by.
    pub fn range(self, start: FrameBound, end: FrameBound) -> Self {
        self.frame(FrameUnit::Range, start, end)
    }

    /// Sets the frame `GROUPS BETWEEN start AND end`. The bounds are numbers of groups of rows
    /// that are sorted as equal.
    pub fn groups(self, start: FrameBound, end: FrameBound) -> Self {
        self.frame(FrameUnit::Groups, start, end)
    }

    fn frame(mut self, unit: FrameUnit, start: FrameBound, end: FrameBound) -> Self {
        self.node.frame = Some(FrameNode { unit, start, end, exclude: FrameExclude::Nothing });
        self
    }

    /// Excludes some rows from the frame: `EXCLUDE`.
    pub fn exclude(mut self, exclude: FrameExclude) -> Self {
        if self.node.frame.is_none() {
            self = self.frame(FrameUnit::Range, FrameBound::Unbounded, FrameBound::Current);
        }
        if let Some(frame) = &mut self.node.frame {
            frame.exclude = exclude;
        }
        self
    }
}
