//! What rows are sorted by.

use std::marker::PhantomData;

use super::column::Column;
use super::node::Node;
use super::scope::{PartOf, Reads};
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

/// Whether a query over `Self` can sort its rows by `C`: a column, an [`Order`], or a tuple, array or `Vec` of them.
#[diagnostic::on_unimplemented(
    message = "rows cannot be sorted by a `{C}`",
    label = "expected a column, `User::NAME.desc()`, or a tuple of them"
)]
pub trait SortsBy<C, P> {
    /// Appends the terms.
    fn append_orders(orders: C, to: &mut Vec<OrderNode>);
}

impl<F: Reads<S, P>, S, P> SortsBy<Order<S>, P> for F {
    fn append_orders(order: Order<S>, to: &mut Vec<OrderNode>) {
        to.push(order.node);
    }
}

impl<F: Reads<S, P>, S, P> SortsBy<Vec<Order<S>>, P> for F {
    fn append_orders(orders: Vec<Order<S>>, to: &mut Vec<OrderNode>) {
        to.extend(orders.into_iter().map(|order| order.node));
    }
}

impl<F: Reads<S, P>, S, P, const N: usize> SortsBy<[Order<S>; N], P> for F {
    fn append_orders(orders: [Order<S>; N], to: &mut Vec<OrderNode>) {
        to.extend(orders.into_iter().map(|order| order.node));
    }
}

impl<F, T: Source, V: ColumnType, K, P> SortsBy<Column<T, V, K>, P> for F
where
    T: PartOf<F, P>,
    <V::Base as SqlType>::Order: Sorts<V::Base>,
{
    fn append_orders(column: Column<T, V, K>, to: &mut Vec<OrderNode>) {
        to.push(column.asc().node);
    }
}

macro_rules! tuples {
    ($(($name:ident $proof:ident $index:tt))+) => {
        impl<Z: $(SortsBy<$name, $proof> +)+, $($name, $proof),+> SortsBy<($($name,)+), ($($proof,)+)> for Z {
            fn append_orders(orders: ($($name,)+), to: &mut Vec<OrderNode>) {
                $(<Z as SortsBy<$name, $proof>>::append_orders(orders.$index, to);)+
            }
        }
    };
}
crate::tuple::for_each_tuple!(tuples);
