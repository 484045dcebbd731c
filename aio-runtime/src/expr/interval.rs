//! Calculations with points in time and intervals.

use super::aggregate::Aggregate;
use super::column::{Column, Expr};
use super::function::Function;
use super::node::Node;
use super::operand::{Nulls, Operand};
use super::source::Source;
use crate::types::{ColumnType, HasDate, HasTime, Interval, SqlType};

macro_rules! intervals {
    ([$($generics:tt)*] $type:ty, $scope:ty) => {
        impl<$($generics)*> $type {
            /// Returns the point in time that is an [`Interval`] later, on PostgreSQL. A month
            /// later than the 31st is the last day of a shorter month. Points in time are those of
            /// UTC, where every day has 24 hours.
            pub fn plus<R: Operand<Interval>>(
                self,
                interval: R,
            ) -> Expr<R::With<$scope>, Nulls<V, R::Value, V::Base>>
            where
                V::Base: HasDate + HasTime,
            {
                let arguments = vec![self.into_node(), interval.into_node()];
                Expr::new(Node::call(Function::PlusInterval(V::Base::TYPE), arguments))
            }

            /// Returns the point in time that is an [`Interval`] earlier, on PostgreSQL; see
            /// [`plus`](Column::plus).
            pub fn minus<R: Operand<Interval>>(
                self,
                interval: R,
            ) -> Expr<R::With<$scope>, Nulls<V, R::Value, V::Base>>
            where
                V::Base: HasDate + HasTime,
            {
                let arguments = vec![self.into_node(), interval.into_node()];
                Expr::new(Node::call(Function::MinusInterval(V::Base::TYPE), arguments))
            }

            /// Returns the time that has passed since another point in time, in days and
            /// microseconds, on PostgreSQL. It is negative if that one is later.
            pub fn since<R: Operand<V::Base>>(
                self,
                earlier: R,
            ) -> Expr<R::With<$scope>, Nulls<V, R::Value, Interval>>
            where
                V::Base: HasDate + HasTime,
            {
                let arguments = vec![self.into_node(), earlier.into_node()];
                Expr::new(Node::call(Function::Since(V::Base::TYPE), arguments))
            }
        }
    };
}

intervals!([T: Source, V: ColumnType, K] Column<T, V, K>, (T,));
intervals!([S, V: ColumnType] Expr<S, V>, S);
intervals!([S, V: ColumnType] Aggregate<S, V>, S);
