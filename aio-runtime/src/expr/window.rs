//! Windows over the rows of a query.

use std::marker::PhantomData;

use super::node::{FrameBound, FrameExclude, FrameNode, FrameUnit, WindowNode};
use super::order::{Orders, Terms};
use super::scope::Both;

/// A window: the rows of the query that a row sees, and their order.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table, row_number, window};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, team: String, karma: i32 }
/// # async fn run(db: Database) -> Result<()> {
/// let place = row_number().over(window().partition_by(User::TEAM).order_by(User::KARMA.desc()));
/// let so_far = User::KARMA.sum().over(window().order_by(User::ID));
/// let rows: Vec<(i64, i64, Option<i64>)> = User::select().columns((User::ID, place, so_far)).all(&db).await?;
/// # Ok(())
/// # }
/// ```
pub struct Window<S> {
    node: Box<WindowNode>,
    scope: PhantomData<fn() -> S>,
}

/// Creates a window over all rows, in no order.
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

    fn typed<T>(self) -> Window<T> {
        Window { node: self.node, scope: PhantomData }
    }

    /// Limits the rows that a row sees to those that are equal in these columns or expressions.
    pub fn partition_by<C: Terms>(mut self, columns: C) -> Window<Both<S, C::Scope>> {
        columns.append_to(&mut self.node.partition);
        self.typed()
    }

    /// Sets the order of the rows. Without a frame, a row then sees the rows up to itself and
    /// those that are sorted as equal.
    pub fn order_by<C: Orders>(mut self, orders: C) -> Window<Both<S, C::Scope>> {
        orders.append_to(&mut self.node.orders);
        self.typed()
    }

    /// Sets the frame `ROWS BETWEEN start AND end`: `rows(FrameBound::Preceding(6),
    /// FrameBound::Current)` are seven rows.
    pub fn rows(self, start: FrameBound, end: FrameBound) -> Self {
        self.frame(FrameUnit::Rows, start, end)
    }

    /// Sets the frame `RANGE BETWEEN start AND end`: the rows whose sorted value has at most this
    /// difference from that of the current row.
    pub fn range(self, start: FrameBound, end: FrameBound) -> Self {
        self.frame(FrameUnit::Range, start, end)
    }

    /// Sets the frame `GROUPS BETWEEN start AND end`, in groups of rows that are sorted as equal.
    pub fn groups(self, start: FrameBound, end: FrameBound) -> Self {
        self.frame(FrameUnit::Groups, start, end)
    }

    fn frame(mut self, unit: FrameUnit, start: FrameBound, end: FrameBound) -> Self {
        self.node.frame = Some(FrameNode { unit, start, end, exclude: FrameExclude::Nothing });
        self
    }

    /// Leaves out some rows of the frame.
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
