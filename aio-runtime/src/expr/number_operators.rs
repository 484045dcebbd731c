//! Rust's numbers on the left of an operator: `100 - Item::STOCK`.

use std::ops::{Add, Div, Mul, Rem, Sub};

use super::aggregate::Aggregate;
use super::column::{Column, Expr};
use super::node::{BinaryOp, Node};
use super::operand::Nulls;
use super::source::Source;
use crate::types::ColumnType;

macro_rules! numbers {
    ($($number:ident)+) => { $(
        numbers!(@operators $number, [T: Source, V: ColumnType<Base = $number>, K] Column<T, V, K>, (T,));
        numbers!(@operators $number, [S, V: ColumnType<Base = $number>] Expr<S, V>, S);
        numbers!(@operators $number, [S, V: ColumnType<Base = $number>] Aggregate<S, V>, S);
    )+ };
    (@operators $number:ident, [$($generics:tt)*] $type:ty, $scope:ty) => {
        numbers!(@operator $number, [$($generics)*] $type, $scope, Add add Add, Nulls<V, V, $number>);
        numbers!(@operator $number, [$($generics)*] $type, $scope, Sub sub Subtract, Nulls<V, V, $number>);
        numbers!(@operator $number, [$($generics)*] $type, $scope, Mul mul Multiply, Nulls<V, V, $number>);
        // A division by zero is NULL.
        numbers!(@operator $number, [$($generics)*] $type, $scope, Div div Divide, Option<$number>);
        numbers!(@operator $number, [$($generics)*] $type, $scope, Rem rem Remainder, Option<$number>);
    };
    (@operator $number:ident, [$($generics:tt)*] $type:ty, $scope:ty, $trait:ident $method:ident $op:ident, $value:ty) => {
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> $trait<$type> for $number {
            type Output = Expr<$scope, $value>;

            fn $method(self, other: $type) -> Self::Output {
                Expr::new(Node::binary(Node::value(self), BinaryOp::$op, other.into_node()))
            }
        }
    };
}

numbers! { i8 i16 i32 i64 isize u8 u16 u32 u64 usize f32 f64 }
