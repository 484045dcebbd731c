//! Aggregates and window functions.

use std::marker::PhantomData;

use super::child::Child;
use super::column::{Column, Expr};
use super::condition::Predicate;
use super::function::Function;
use super::functions::in_document;
use super::node::{Call, Node};
use super::order::Orders;
use super::scaled::{difference, divided};
use super::scope::{Both, Guard};
use super::source::Source;
use super::window::Window;
use crate::types::{ColumnType, Exact, Json, Numeric, Scaled, Sorts, SqlType, Summed, Textual};

/// How the result of an aggregate or a window function is computed from a call of its SQL
/// function.
#[derive(Clone, Copy, Debug)]
enum Finish {
    /// The result is the value of the call.
    Value,
    /// The result is the value of the call; the statement fails if it has overflowed.
    Checked,
    /// The call is a sum. The result is the mean of the values: the sum divided by their count,
    /// multiplied by ten to this power.
    Mean(i32),
}

impl Finish {
    fn node(self, call: Call) -> Node {
        let node = |call| Node::Call(Child::new(Box::new(call)));
        match self {
            Finish::Value => node(call),
            Finish::Checked => node(call).checked(),
            Finish::Mean(power) => {
                let count = Call { function: Function::Count, ..call.clone() };
                divided(node(call), node(count), power)
            }
        }
    }
}

/// An aggregate over the tables `S` with a value of type `V`. It is computed from the rows of each
/// group, from all rows of the query, or from the rows of a [window](Aggregate::over).
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table, count};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, team: String, karma: Option<i32> }
/// # async fn run(db: Database) -> Result<()> {
/// let teams: Vec<(String, i64, Option<f64>, Option<i64>)> = User::select()
///     .group_by(User::TEAM)
///     .having(count().ge(2))
///     .columns((
///         User::TEAM,
///         count(),
///         User::KARMA.avg(),
///         User::KARMA.sum().filter(User::KARMA.gt(0)),
///     ))
///     .all(&db)
///     .await?;
/// # Ok(())
/// # }
/// ```
pub struct Aggregate<S, V> {
    call: Box<Call>,
    finish: Finish,
    types: PhantomData<fn() -> (S, V)>,
}

impl<S, V> Clone for Aggregate<S, V> {
    fn clone(&self) -> Self {
        Aggregate { call: self.call.clone(), finish: self.finish, types: PhantomData }
    }
}

impl<S, V> std::fmt::Debug for Aggregate<S, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.call.fmt(f)
    }
}

impl<S, V> Aggregate<S, V> {
    pub(crate) fn new(function: Function, arguments: Vec<Node>) -> Self {
        Self::with_result(function, arguments, Finish::Value)
    }

    fn with_result(function: Function, arguments: Vec<Node>, finish: Finish) -> Self {
        Aggregate { call: Box::new(Call::new(function, arguments)), finish, types: PhantomData }
    }

    pub(crate) fn into_node(self) -> Node {
        self.finish.node(*self.call)
    }

    pub(super) fn retyped<R, W>(self) -> Aggregate<R, W> {
        Aggregate { call: self.call, finish: self.finish, types: PhantomData }
    }

    /// Uses each distinct value only once: `DISTINCT`. The statement fails for [`count()`], which
    /// counts rows, for an aggregate with a window, and on SQLite for texts that are joined with a
    /// separator other than `","`.
    #[must_use]
    pub fn distinct(mut self) -> Self {
        self.call.distinct = true;
        self
    }

    /// Uses only the rows for which the condition holds: `FILTER`. Conditions of several calls are
    /// combined by AND.
    pub fn filter<C: Predicate>(mut self, condition: C) -> Aggregate<Both<S, Guard<C::Scope>>, V> {
        Node::add_condition(&mut self.call.filter, condition.into_condition());
        self.retyped()
    }

    /// Sets the order in which the rows are used, for aggregates whose value depends on it, such
    /// as joined text. With a window, the rows are used in the order of the window instead.
    pub fn order_by<C: Orders>(mut self, orders: C) -> Aggregate<Both<S, Guard<C::Scope>>, V> {
        orders.append_to(&mut self.call.orders);
        self.retyped()
    }

    /// Computes the aggregate for each row of the query, from the rows in the row's window:
    /// `OVER`.
    pub fn over<W>(mut self, window: Window<W>) -> Expr<Both<S, Guard<W>>, V> {
        self.call.over = Some(window.into_node());
        Expr::new(self.into_node())
    }
}

/// Returns the number of rows: `COUNT(*)`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::count;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let per_karma = User::select().group_by(User::KARMA).columns((User::KARMA, count()));
/// let rows: Vec<(i64, i64)> = per_karma.order_by(count().desc()).all(&db).await?;
/// assert_eq!(rows.len(), 2);
/// assert!(rows.iter().all(|(_, users)| *users == 1));
/// # db.close().await
/// # }
/// ```
pub fn count() -> Aggregate<(), i64> {
    Aggregate::new(Function::Count, Vec::new())
}

macro_rules! aggregates {
    ($kind:ident: [$($generics:tt)*] $type:ty, $scope:ty) => {
        impl<$($generics)*> $type {
            /// Returns the number of values that are not NULL.
            pub fn count(self) -> $kind<Guard<$scope>, i64> {
                $kind::new(Function::Count, vec![self.into_node()])
            }

            /// Returns the smallest value, or `None` if there are no values that are not NULL.
            pub fn min(self) -> $kind<$scope, Option<V::Base>>
            where
                <V::Base as SqlType>::Order: Sorts<V::Base>,
            {
                $kind::new(Function::Min(V::Base::TYPE), vec![self.into_node()])
            }

            /// Returns the largest value, or `None` if there are no values that are not NULL.
            pub fn max(self) -> $kind<$scope, Option<V::Base>>
            where
                <V::Base as SqlType>::Order: Sorts<V::Base>,
            {
                $kind::new(Function::Max(V::Base::TYPE), vec![self.into_node()])
            }

            /// Returns the sum of the values, or `None` if there are no values that are not NULL.
            /// A sum of integers above `i64::MAX` is an error.
            // `N` is a type parameter because the compiler does not show the message of `Summed`
            // if the trait is used only in the type of the result.
            pub fn sum<N: SqlType>(self) -> $kind<$scope, Option<N>>
            where
                V::Base: Summed<Sum = N>,
            {
                let finish = if N::CHECKED { Finish::Checked } else { Finish::Value };
                // Values that have overflowed are floats, and so is their sum. It is enough to
                // check the sum.
                $kind::with_result(Function::Sum(V::Base::TYPE), vec![self.into_node().unchecked()], finish)
            }

            /// Returns the sum of the values as a float; 0 if there are no values that are not
            /// NULL.
            pub fn total(self) -> $kind<Guard<$scope>, f64>
            where
                V::Base: Numeric,
            {
                $kind::new(Function::Total, vec![self.into_node()])
            }

            /// Returns the mean of the values, or `None` if there are no values that are not NULL.
            pub fn avg(self) -> $kind<$scope, Option<f64>>
            where
                V::Base: Numeric,
            {
                $kind::new(Function::Avg, vec![self.into_node()])
            }

            /// Returns the mean of the values with `N` decimal places, rounded half to even, or
            /// `None` if there are no values that are not NULL: `Item::PRICE.avg_to::<2>()`.
            pub fn avg_to<const N: u32>(self) -> $kind<$scope, Option<Scaled<N>>>
            where
                V::Base: Exact,
                Scaled<N>: SqlType,
            {
                let mean = Finish::Mean(difference(N, V::Base::SCALE));
                $kind::with_result(Function::Sum(V::Base::TYPE), vec![self.into_node().unchecked()], mean)
            }

            /// Joins the texts with `separator` between them. Returns `None` if there are no texts
            /// that are not NULL. [`order_by`](Aggregate::order_by) sets the order.
            pub fn group_concat(self, separator: &str) -> $kind<$scope, Option<String>>
            where
                V::Base: Textual,
            {
                $kind::new(Function::GroupConcat, vec![self.into_node(), Node::value(separator.to_owned())])
            }

            /// Returns the values as a JSON array, which is empty if there are no rows.
            pub fn json_group_array<X>(self) -> $kind<Guard<$scope>, Json<Vec<X>>>
            where
                Json<Vec<X>>: ColumnType,
            {
                $kind::new(Function::JsonGroupArray, vec![in_document::<V::Base>(self.into_node())])
            }
        }
    };
}

aggregates!(Aggregate: [T: Source, V: ColumnType, K] Column<T, V, K>, (T,));
aggregates!(Aggregate: [S, V: ColumnType] Expr<S, V>, S);
// An aggregate has one value for each group, so an aggregate of aggregates needs a window that
// spans several groups.
aggregates!(WindowFunction: [S, V: ColumnType] Aggregate<S, V>, S);

/// A window function. It computes a value for each row from several rows, or for each group from
/// the aggregates of several groups. [`over`](WindowFunction::over) sets which: its window.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table, window};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, team: String, karma: f64 }
/// # async fn run(db: Database) -> Result<()> {
/// let share = User::KARMA.sum() / User::KARMA.sum().sum().over(window());
/// let teams: Vec<(String, Option<f64>)> =
///     User::select().group_by(User::TEAM).columns((User::TEAM, share)).all(&db).await?;
/// # Ok(())
/// # }
/// ```
pub struct WindowFunction<S, V> {
    call: Box<Call>,
    finish: Finish,
    types: PhantomData<fn() -> (S, V)>,
}

impl<S, V> std::fmt::Debug for WindowFunction<S, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.call.fmt(f)
    }
}

impl<S, V> WindowFunction<S, V> {
    pub(crate) fn new(function: Function, arguments: Vec<Node>) -> Self {
        Self::with_result(function, arguments, Finish::Value)
    }

    fn with_result(function: Function, arguments: Vec<Node>, finish: Finish) -> Self {
        WindowFunction { call: Box::new(Call::new(function, arguments)), finish, types: PhantomData }
    }

    /// Computes the function for each row of the query, from the rows in the row's window: `OVER`.
    pub fn over<W>(mut self, window: Window<W>) -> Expr<Both<S, Guard<W>>, V> {
        self.call.over = Some(window.into_node());
        Expr::new(self.finish.node(*self.call))
    }
}

/// Returns the number of the row in the order of its partition, counted from 1.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{row_number, window};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let number = row_number().over(window().order_by(User::NAME));
/// let rows: Vec<(String, i64)> =
///     User::select().order_by(User::NAME).columns((User::NAME, number)).all(&db).await?;
/// assert_eq!(rows, [("Dan".to_owned(), 1), ("Dana".to_owned(), 2)]);
/// # db.close().await
/// # }
/// ```
pub fn row_number() -> WindowFunction<(), i64> {
    WindowFunction::new(Function::RowNumber, Vec::new())
}

/// Returns the rank of the row in its partition, counted from 1. Rows that are sorted as equal
/// have the same rank, and the next row's rank is higher by their number: 1, 1, 3.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{rank, window};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// User::insert(NewUser { name: "Eve".into(), karma: 7 }).execute(&db).await?;
/// let rank = rank().over(window().order_by(User::KARMA.desc()));
/// let ranks: Vec<i64> = User::select().order_by(User::NAME).columns(rank).all(&db).await?;
/// assert_eq!(ranks, [3, 1, 1]); // of Dan, Dana and Eve
/// # db.close().await
/// # }
/// ```
pub fn rank() -> WindowFunction<(), i64> {
    WindowFunction::new(Function::Rank, Vec::new())
}

/// Returns the rank of the row in its partition, counted from 1. Rows that are sorted as equal
/// have the same rank, and no rank is left out: 1, 1, 2.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{dense_rank, window};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// User::insert(NewUser { name: "Eve".into(), karma: 7 }).execute(&db).await?;
/// let rank = dense_rank().over(window().order_by(User::KARMA.desc()));
/// let ranks: Vec<i64> = User::select().order_by(User::NAME).columns(rank).all(&db).await?;
/// assert_eq!(ranks, [2, 1, 1]); // of Dan, Dana and Eve
/// # db.close().await
/// # }
/// ```
pub fn dense_rank() -> WindowFunction<(), i64> {
    WindowFunction::new(Function::DenseRank, Vec::new())
}

/// Returns the fraction, from 0 to 1, of the partition's other rows that are sorted before the
/// current row.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{percent_rank, window};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let before = percent_rank().over(window().order_by(User::KARMA));
/// let rows: Vec<f64> = User::select().order_by(User::KARMA).columns(before).all(&db).await?;
/// assert_eq!(rows, [0.0, 1.0]);
/// # db.close().await
/// # }
/// ```
pub fn percent_rank() -> WindowFunction<(), f64> {
    WindowFunction::new(Function::PercentRank, Vec::new())
}

/// Returns the fraction of the partition's rows that are sorted before the current row or as equal
/// to it. The current row itself is included.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{cume_dist, window};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let so_far = cume_dist().over(window().order_by(User::KARMA));
/// let rows: Vec<f64> = User::select().order_by(User::KARMA).columns(so_far).all(&db).await?;
/// assert_eq!(rows, [0.5, 1.0]);
/// # db.close().await
/// # }
/// ```
pub fn cume_dist() -> WindowFunction<(), f64> {
    WindowFunction::new(Function::CumeDist, Vec::new())
}

/// Divides the partition into `parts` parts of about equal size, and returns the number of the
/// part that contains the row, counted from 1.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{ntile, window};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let half = ntile(2).over(window().order_by(User::KARMA.desc()));
/// let halves: Vec<i64> = User::select().order_by(User::ID).columns(half).all(&db).await?;
/// assert_eq!(halves, [1, 2]);
/// # db.close().await
/// # }
/// ```
pub fn ntile(parts: u32) -> WindowFunction<(), i64> {
    WindowFunction::new(Function::Ntile, vec![Node::value(parts)])
}

macro_rules! window_functions {
    ([$($generics:tt)*] $type:ty, $scope:ty) => {
        impl<$($generics)*> $type {
            /// Returns the value `rows` rows earlier in the partition, or `None` if there is no
            /// such row.
            pub fn lag(self, rows: u32) -> WindowFunction<$scope, Option<V::Base>> {
                WindowFunction::new(Function::Lag, vec![self.into_node(), Node::value(rows)])
            }

            /// Returns the value `rows` rows later in the partition, or `None` if there is no such
            /// row.
            pub fn lead(self, rows: u32) -> WindowFunction<$scope, Option<V::Base>> {
                WindowFunction::new(Function::Lead, vec![self.into_node(), Node::value(rows)])
            }

            /// Returns the value in the first row of the frame, or `None` if the frame is empty or
            /// the value is NULL.
            pub fn first_value(self) -> WindowFunction<$scope, Option<V::Base>> {
                WindowFunction::new(Function::FirstValue, vec![self.into_node()])
            }

            /// Returns the value in the last row of the frame, or `None` if the frame is empty or
            /// the value is NULL. By default, the frame ends with the current row.
            pub fn last_value(self) -> WindowFunction<$scope, Option<V::Base>> {
                WindowFunction::new(Function::LastValue, vec![self.into_node()])
            }

            /// Returns the value in the row of the frame that has this number, counted from 1, or
            /// `None` if the frame has no such row or the value is NULL.
            pub fn nth_value(self, number: u32) -> WindowFunction<$scope, Option<V::Base>> {
                WindowFunction::new(Function::NthValue, vec![self.into_node(), Node::value(number)])
            }
        }
    };
}

window_functions!([T: Source, V: ColumnType, K] Column<T, V, K>, (T,));
window_functions!([S, V: ColumnType] Expr<S, V>, S);
window_functions!([S, V: ColumnType] Aggregate<S, V>, S);
