//! Functions that compute one value from many rows.

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

/// What is made of the value of an aggregate.
#[derive(Clone, Copy, Debug)]
enum Finish {
    /// The value itself.
    Value,
    /// The value, if it has not overflowed.
    Checked,
    /// A sum, divided by the number of its values, times this power of ten.
    Mean(i32),
}

impl Finish {
    fn of(self, call: Call) -> Node {
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

/// An aggregate over the tables `S` with a value of type `V`. It is computed from the rows of a
/// group, from all rows, or from a [window](Aggregate::over).
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
///     .columns((User::TEAM, count(), User::KARMA.avg(), User::KARMA.sum().filter(User::KARMA.gt(0))))
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
        self.finish.of(*self.call)
    }

    pub(super) fn retyped<R, W>(self) -> Aggregate<R, W> {
        Aggregate { call: self.call, finish: self.finish, types: PhantomData }
    }

    /// Takes each distinct value once. It applies neither to [`count()`], which counts rows, nor
    /// to a window. Texts can then be joined only by `","`.
    #[must_use]
    pub fn distinct(mut self) -> Self {
        self.call.distinct = true;
        self
    }

    /// Takes only the rows for which the condition holds. The conditions of several calls are
    /// joined by AND.
    pub fn filter<C: Predicate>(mut self, condition: C) -> Aggregate<Both<S, Guard<C::Scope>>, V> {
        Node::narrow(&mut self.call.filter, condition.into_condition());
        self.retyped()
    }

    /// Takes the rows in this order, for aggregates whose value depends on it, such as joined
    /// text. A window has an order of its own.
    pub fn order_by<C: Orders>(mut self, orders: C) -> Aggregate<Both<S, Guard<C::Scope>>, V> {
        orders.append_to(&mut self.call.orders);
        self.retyped()
    }

    /// Computes the aggregate for each row of the query, from the rows of a window.
    pub fn over<W>(mut self, window: Window<W>) -> Expr<Both<S, Guard<W>>, V> {
        self.call.over = Some(window.into_node());
        Expr::new(self.into_node())
    }
}

/// Returns the number of rows: `COUNT(*)`.
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

            /// Returns the smallest value, or `None` if there is none.
            pub fn min(self) -> $kind<$scope, Option<V::Base>>
            where
                <V::Base as SqlType>::Order: Sorts<V::Base>,
            {
                $kind::new(Function::Min, vec![self.into_node()])
            }

            /// Returns the largest value, or `None` if there is none.
            pub fn max(self) -> $kind<$scope, Option<V::Base>>
            where
                <V::Base as SqlType>::Order: Sorts<V::Base>,
            {
                $kind::new(Function::Max, vec![self.into_node()])
            }

            /// Returns the sum of the values, or `None` if there is none. A sum of integers above
            /// `i64::MAX` is an error.
            // `N` is a type parameter because the compiler does not show `Summed` where it is a
            // part of the result's type.
            pub fn sum<N: SqlType>(self) -> $kind<$scope, Option<N>>
            where
                V::Base: Summed<Sum = N>,
            {
                let finish = if N::CHECKED { Finish::Checked } else { Finish::Value };
                // The sum of what has overflowed is a float itself.
                $kind::with_result(Function::Sum(V::Base::TYPE), vec![self.into_node().unchecked()], finish)
            }

            /// Returns the sum of the values as a float; 0 if there is none.
            pub fn total(self) -> $kind<Guard<$scope>, f64>
            where
                V::Base: Numeric,
            {
                $kind::new(Function::Total, vec![self.into_node()])
            }

            /// Returns the mean of the values, or `None` if there is none.
            pub fn avg(self) -> $kind<$scope, Option<f64>>
            where
                V::Base: Numeric,
            {
                $kind::new(Function::Avg, vec![self.into_node()])
            }

            /// Returns the mean of the values with `N` decimal places, rounded half to even, or
            /// `None` if there is none: `Item::PRICE.avg_to::<2>()`.
            pub fn avg_to<const N: u32>(self) -> $kind<$scope, Option<Scaled<N>>>
            where
                V::Base: Exact,
                Scaled<N>: SqlType,
            {
                let mean = Finish::Mean(difference(N, V::Base::SCALE));
                $kind::with_result(Function::Sum(V::Base::TYPE), vec![self.into_node().unchecked()], mean)
            }

            /// Joins the texts with `separator` between them; `None` if there is none.
            /// [`order_by`](Aggregate::order_by) sets the order.
            pub fn group_concat(self, separator: &str) -> $kind<$scope, Option<String>>
            where
                V::Base: Textual,
            {
                $kind::new(Function::GroupConcat, vec![self.into_node(), Node::value(separator.to_owned())])
            }

            /// Returns the values as a JSON array, which is empty if there is none.
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
// A group has one value of an aggregate. What is computed from the values of several groups
// belongs to a window.
aggregates!(Ranking: [S, V: ColumnType] Aggregate<S, V>, S);

/// A function that is only used with a window, by [`over`](Ranking::over). It computes a value
/// from other rows, or from the aggregates of other groups.
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
pub struct Ranking<S, V> {
    call: Box<Call>,
    finish: Finish,
    types: PhantomData<fn() -> (S, V)>,
}

impl<S, V> std::fmt::Debug for Ranking<S, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.call.fmt(f)
    }
}

impl<S, V> Ranking<S, V> {
    pub(crate) fn new(function: Function, arguments: Vec<Node>) -> Self {
        Self::with_result(function, arguments, Finish::Value)
    }

    fn with_result(function: Function, arguments: Vec<Node>, finish: Finish) -> Self {
        Ranking { call: Box::new(Call::new(function, arguments)), finish, types: PhantomData }
    }

    /// Computes the function for each row of the query, from the rows of this window.
    pub fn over<W>(mut self, window: Window<W>) -> Expr<Both<S, Guard<W>>, V> {
        self.call.over = Some(window.into_node());
        Expr::new(self.finish.of(*self.call))
    }
}

/// Returns the number of the row in its partition, from 1.
pub fn row_number() -> Ranking<(), i64> {
    Ranking::new(Function::RowNumber, Vec::new())
}

/// Returns the number of the first row that is sorted as equal, from 1, with gaps.
pub fn rank() -> Ranking<(), i64> {
    Ranking::new(Function::Rank, Vec::new())
}

/// Returns the number of distinct values up to this row, from 1, without gaps.
pub fn dense_rank() -> Ranking<(), i64> {
    Ranking::new(Function::DenseRank, Vec::new())
}

/// Returns the rank as a fraction of the partition, from 0 to 1.
pub fn percent_rank() -> Ranking<(), f64> {
    Ranking::new(Function::PercentRank, Vec::new())
}

/// Returns the fraction of the partition's rows up to this one and those that are sorted as equal.
pub fn cume_dist() -> Ranking<(), f64> {
    Ranking::new(Function::CumeDist, Vec::new())
}

/// Divides the partition into `parts` parts of equal size, and returns the number of the row's
/// part, from 1.
pub fn ntile(parts: u32) -> Ranking<(), i64> {
    Ranking::new(Function::Ntile, vec![Node::value(parts)])
}

macro_rules! of_other_rows {
    ([$($generics:tt)*] $type:ty, $scope:ty) => {
        impl<$($generics)*> $type {
            /// Returns the value `rows` rows earlier in the partition, or `None` if there is no
            /// such row.
            pub fn lag(self, rows: u32) -> Ranking<$scope, Option<V::Base>> {
                Ranking::new(Function::Lag, vec![self.into_node(), Node::value(rows)])
            }

            /// Returns the value `rows` rows later in the partition, or `None` if there is no such
            /// row.
            pub fn lead(self, rows: u32) -> Ranking<$scope, Option<V::Base>> {
                Ranking::new(Function::Lead, vec![self.into_node(), Node::value(rows)])
            }

            /// Returns the value in the first row of the frame.
            pub fn first_value(self) -> Ranking<$scope, Option<V::Base>> {
                Ranking::new(Function::FirstValue, vec![self.into_node()])
            }

            /// Returns the value in the last row of the frame, which is the current row by
            /// default.
            pub fn last_value(self) -> Ranking<$scope, Option<V::Base>> {
                Ranking::new(Function::LastValue, vec![self.into_node()])
            }

            /// Returns the value in the row with this number in the frame, from 1.
            pub fn nth_value(self, number: u32) -> Ranking<$scope, Option<V::Base>> {
                Ranking::new(Function::NthValue, vec![self.into_node(), Node::value(number)])
            }
        }
    };
}

of_other_rows!([T: Source, V: ColumnType, K] Column<T, V, K>, (T,));
of_other_rows!([S, V: ColumnType] Expr<S, V>, S);
of_other_rows!([S, V: ColumnType] Aggregate<S, V>, S);
