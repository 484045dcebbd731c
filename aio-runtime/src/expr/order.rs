//! What rows are sorted by.

use std::marker::PhantomData;

use super::column::Column;
use super::node::Node;
use super::scope::Both;
use crate::table::Source;
use crate::types::{ColumnType, Sorts, SqlType};

/// A term of `ORDER BY` over the tables `S`.
pub struct Order<S> {
    node: OrderNode,
    scope: PhantomData<fn() -> S>,
}

/// A term of `ORDER BY` as plain data.
#[derive(Clone, Debug)]
pub struct OrderNode {
    /// What is sorted by.
    pub node: Node,
    /// Whether the largest comes first.
    pub descending: bool,
    /// Where NULL goes: `None` leaves it before everything else, as Rust sorts `None`.
    pub nulls_first: Option<bool>,
}

impl<S> Order<S> {
    pub(crate) fn new(node: Node, descending: bool) -> Self {
        Order { node: OrderNode { node, descending, nulls_first: None }, scope: PhantomData }
    }

    /// NULL before everything else.
    #[must_use]
    pub fn nulls_first(mut self) -> Self {
        self.node.nulls_first = Some(true);
        self
    }

    /// NULL behind everything else.
    #[must_use]
    pub fn nulls_last(mut self) -> Self {
        self.node.nulls_first = Some(false);
        self
    }
}

impl<S> Clone for Order<S> {
    fn clone(&self) -> Self {
        Order { node: self.node.clone(), scope: PhantomData }
    }
}

impl<S> std::fmt::Debug for Order<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.node.fmt(f)
    }
}

/// What `order_by` takes: a column, an [`Order`], or a tuple, array or `Vec` of them.
#[diagnostic::on_unimplemented(
    message = "rows cannot be sorted by a `{Self}`",
    label = "expected a column, `User::NAME.desc()`, or a tuple of them"
)]
pub trait IntoOrders<S> {
    /// Appends the terms.
    fn append_to(self, orders: &mut Vec<OrderNode>);
}

impl<S> IntoOrders<S> for Order<S> {
    fn append_to(self, orders: &mut Vec<OrderNode>) {
        orders.push(self.node);
    }
}

impl<S> IntoOrders<S> for Vec<Order<S>> {
    fn append_to(self, orders: &mut Vec<OrderNode>) {
        orders.extend(self.into_iter().map(|order| order.node));
    }
}

impl<S, const N: usize> IntoOrders<S> for [Order<S>; N] {
    fn append_to(self, orders: &mut Vec<OrderNode>) {
        orders.extend(self.into_iter().map(|order| order.node));
    }
}

impl<T: Source, V: ColumnType, K> IntoOrders<(T,)> for Column<T, V, K>
where
    <V::Base as SqlType>::Order: Sorts<V::Base>,
{
    fn append_to(self, orders: &mut Vec<OrderNode>) {
        self.asc().append_to(orders);
    }
}

macro_rules! tuples {
    ($scope:ty, $(($name:ident $order:ident $index:tt))+) => {
        impl<$($name, $order: IntoOrders<$name>),+> IntoOrders<$scope> for ($($order,)+) {
            fn append_to(self, orders: &mut Vec<OrderNode>) {
                $(self.$index.append_to(orders);)+
            }
        }
    };
}

tuples!(Both<A, B>, (A X 0)(B Y 1));
tuples!(Both<A, Both<B, C>>, (A X 0)(B Y 1)(C Z 2));
tuples!(Both<A, Both<B, Both<C, D>>>, (A X 0)(B Y 1)(C Z 2)(D W 3));
tuples!(Both<A, Both<B, Both<C, Both<D, E>>>>, (A X 0)(B Y 1)(C Z 2)(D W 3)(E V 4));
