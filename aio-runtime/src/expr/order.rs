//! What rows are sorted by.

use std::marker::PhantomData;

use super::aggregate::Aggregate;
use super::column::{Column, Expr};
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

/// What rows can be sorted by: a column, an expression, an [`Order`], or a tuple, array or `Vec` of them.
#[diagnostic::on_unimplemented(
    message = "rows cannot be sorted by a `{Self}`",
    label = "expected a column, `User::NAME.desc()`, or a tuple of them"
)]
pub trait Orders {
    /// The tables that it reads.
    type Scope;

    /// Appends the terms.
    fn append_to(self, orders: &mut Vec<OrderNode>);
}

#[diagnostic::do_not_recommend]
impl<S> Orders for Order<S> {
    type Scope = S;

    fn append_to(self, orders: &mut Vec<OrderNode>) {
        orders.push(self.node);
    }
}

#[diagnostic::do_not_recommend]
impl<S> Orders for Vec<Order<S>> {
    type Scope = S;

    fn append_to(self, orders: &mut Vec<OrderNode>) {
        orders.extend(self.into_iter().map(|order| order.node));
    }
}

#[diagnostic::do_not_recommend]
impl<S, const N: usize> Orders for [Order<S>; N] {
    type Scope = S;

    fn append_to(self, orders: &mut Vec<OrderNode>) {
        orders.extend(self.into_iter().map(|order| order.node));
    }
}

impl<T: Source, V: ColumnType, K> Orders for Column<T, V, K>
where
    <V::Base as SqlType>::Order: Sorts<V::Base>,
{
    type Scope = (T,);

    fn append_to(self, orders: &mut Vec<OrderNode>) {
        orders.push(self.asc().node);
    }
}

#[diagnostic::do_not_recommend]
impl<S, V: ColumnType> Orders for Expr<S, V>
where
    <V::Base as SqlType>::Order: Sorts<V::Base>,
{
    type Scope = S;

    fn append_to(self, orders: &mut Vec<OrderNode>) {
        orders.push(self.asc().node);
    }
}

#[diagnostic::do_not_recommend]
impl<S, V: ColumnType> Orders for Aggregate<S, V>
where
    <V::Base as SqlType>::Order: Sorts<V::Base>,
{
    type Scope = S;

    fn append_to(self, orders: &mut Vec<OrderNode>) {
        orders.push(self.asc().node);
    }
}

/// What rows can be grouped or parted by: a column, an expression, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "rows cannot be grouped by a `{Self}`",
    label = "expected a column, an expression, or a tuple of them"
)]
pub trait Terms {
    /// The tables that it reads.
    type Scope;

    /// Appends the expressions.
    fn append_to(self, terms: &mut Vec<Node>);
}

#[diagnostic::do_not_recommend]
impl<T: Source, V: ColumnType, K> Terms for Column<T, V, K> {
    type Scope = (T,);

    fn append_to(self, terms: &mut Vec<Node>) {
        terms.push(self.into_node());
    }
}

#[diagnostic::do_not_recommend]
impl<S, V: ColumnType> Terms for Expr<S, V> {
    type Scope = S;

    fn append_to(self, terms: &mut Vec<Node>) {
        terms.push(self.into_node());
    }
}

macro_rules! tuples {
    ($(($name:ident $proof:ident $index:tt))+) => {
        #[diagnostic::do_not_recommend]
        impl<$($name: Orders),+> Orders for ($($name,)+) {
            type Scope = tuples!(@scope Orders $($name)+);

            fn append_to(self, orders: &mut Vec<OrderNode>) {
                $(self.$index.append_to(orders);)+
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($name: Terms),+> Terms for ($($name,)+) {
            type Scope = tuples!(@scope Terms $($name)+);

            fn append_to(self, terms: &mut Vec<Node>) {
                $(self.$index.append_to(terms);)+
            }
        }
    };
    (@scope $trait:ident $name:ident) => { <$name as $trait>::Scope };
    (@scope $trait:ident $name:ident $($rest:ident)+) => {
        Both<<$name as $trait>::Scope, tuples!(@scope $trait $($rest)+)>
    };
}
crate::tuple::for_each_tuple!(tuples);
