//! The terms of ORDER BY and GROUP BY.

use std::marker::PhantomData;

use super::aggregate::Aggregate;
use super::column::{Column, Expr};
use super::node::Node;
use super::scope::Both;
use super::source::Source;
use crate::error::{Error, Result};
use crate::types::{ColumnType, Sorts, SqlType};

/// A term of `ORDER BY` over the tables `S`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let by_karma = User::KARMA.desc().nulls_last();
/// let names = User::select().order_by((by_karma, User::NAME)).columns(User::NAME);
/// assert_eq!(names.all(&db).await?, ["Dana", "Dan"]);
/// # db.close().await
/// # }
/// ```
pub struct Order<S> {
    node: OrderNode,
    scope: PhantomData<fn() -> S>,
}

/// A term of `ORDER BY` as plain data.
#[derive(Clone, Debug)]
pub struct OrderNode {
    /// The expression to sort by.
    pub node: Node,
    /// Whether the order is descending.
    pub descending: bool,
    /// Whether NULL comes first. If this is `None`, NULL is less than every value, as `None` is in
    /// Rust.
    pub nulls_first: Option<bool>,
}

impl OrderNode {
    /// Returns whether NULL comes before every value, because the user said so or by default.
    pub(crate) fn has_nulls_first(&self) -> bool {
        self.nulls_first.unwrap_or(!self.descending)
    }

    /// Returns whether two lists of terms are certain to be the same, including the values in
    /// them.
    pub(super) fn are_same(left: &[OrderNode], right: &[OrderNode]) -> bool {
        let is_same = |(left, right): (&OrderNode, &OrderNode)| {
            left.descending == right.descending
                && left.nulls_first == right.nulls_first
                && left.node.is_same(&right.node)
        };
        left.len() == right.len() && left.iter().zip(right).all(is_same)
    }
}

impl<S> Order<S> {
    pub(crate) fn new(node: Node, descending: bool) -> Self {
        Order { node: OrderNode { node, descending, nulls_first: None }, scope: PhantomData }
    }

    pub(super) fn retyped<R>(self) -> Order<R> {
        Order { node: self.node, scope: PhantomData }
    }

    /// Sorts NULL before every value.
    #[must_use]
    pub fn nulls_first(mut self) -> Self {
        self.node.nulls_first = Some(true);
        self
    }

    /// Sorts NULL after every value.
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

/// Parses an order such as `-karma,name` in the query `?sort=-karma,name` of a URL: names
/// separated by commas, where a `-` before a name reverses its order. Only the names in `allowed`
/// are accepted.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table, order_by_names};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String, karma: i64 }
/// # async fn run(db: Database, sort: &str) -> Result<()> {
/// let order = order_by_names(sort, [("name", User::NAME.asc()), ("karma", User::KARMA.desc())])?;
/// let users = User::select().order_by(order).all(&db).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), with the allowed names in its
/// message, if the text contains another name.
pub fn order_by_names<'a, S>(
    text: &str,
    allowed: impl IntoIterator<Item = (&'a str, Order<S>)>,
) -> Result<Vec<Order<S>>> {
    let allowed: Vec<_> = allowed.into_iter().collect();
    let named = |word: &str| {
        let (reversed, name) = word.strip_prefix('-').map_or((false, word), |name| (true, name));
        let found = allowed.iter().find(|(other, _)| *other == name);
        let Some((_, order)) = found else {
            let names: Vec<_> = allowed.iter().map(|(name, _)| *name).collect();
            return Err(Error::invalid_input(format!(
                "cannot sort by `{name}`: the allowed names are {}",
                names.join(", ")
            )));
        };
        let mut order = order.clone();
        order.node.descending ^= reversed;
        Ok(order)
    };
    text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(named).collect()
}

/// One or several terms of ORDER BY: a column, an expression, an [`Order`], a tuple of these, or
/// an array or `Vec` of [`Order`]s.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// // The order is chosen at run time, so it is a `Vec`.
/// let mut orders = vec![User::KARMA.desc()];
/// orders.push(User::ID.asc());
/// let names = User::select().order_by(orders).columns(User::NAME);
/// assert_eq!(names.all(&db).await?, ["Dana", "Dan"]);
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "rows cannot be sorted by a `{Self}`",
    label = "expected a column, `User::NAME.desc()`, or a tuple of them"
)]
pub trait Orders {
    /// The tables that the terms read.
    type Scope;

    /// Appends the terms to `orders`.
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

/// One or several terms of GROUP BY or PARTITION BY: a column, an expression, or a tuple of them.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::count;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let groups = User::select().group_by((User::KARMA, User::NAME.length()));
/// assert_eq!(groups.columns((User::KARMA, count())).all(&db).await?.len(), 2);
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "rows cannot be grouped by a `{Self}`",
    label = "expected a column, an expression, or a tuple of them"
)]
pub trait Terms {
    /// The tables that the terms read.
    type Scope;

    /// Appends the expressions to `terms`.
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
