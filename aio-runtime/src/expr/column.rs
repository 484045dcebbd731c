//! Columns, and the expressions made of them.

use std::marker::PhantomData;

use super::aggregate::Aggregate;
use super::cardinality::Many;
use super::function::Function;
use super::node::{ColumnRef, Node};
use super::source::Source;
use crate::types::ColumnType;

/// A column that is not a foreign key.
#[derive(Debug)]
pub enum Plain {}

/// A column that refers to the table `T`. `R` is the number of rows that may have the same value:
/// [`Many`], or [`AtMostOne`](super::AtMostOne) if the column is unique.
#[derive(Debug)]
pub struct Fk<T, R = Many>(PhantomData<(T, R)>);

/// A column of the table `T` with values of type `V`. `K` is what it refers to.
///
/// The derive writes one constant for each field: `User::NAME` is a `Column<User, String>`.
pub struct Column<T, V, K = Plain> {
    name: &'static str,
    types: PhantomData<fn(T, V, K)>,
}

impl<T, V, K> Clone for Column<T, V, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, V, K> Copy for Column<T, V, K> {}

impl<T, V, K> std::fmt::Debug for Column<T, V, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Column({})", self.name)
    }
}

impl<T, V, K> Column<T, V, K> {
    /// Creates the column with this name. Called by the code that the derive writes.
    pub const fn new(name: &'static str) -> Self {
        Column { name, types: PhantomData }
    }

    /// Returns the name in the database.
    pub const fn name(self) -> &'static str {
        self.name
    }
}

impl<T: Source, V, K> Column<T, V, K> {
    /// Returns the same column of an alias of its table: `Employee::NAME.of::<Manager>()`. See
    /// [`alias!`](crate::alias!).
    pub const fn of<A: Source<Row = T::Row>>(self) -> Column<A, V, K> {
        Column::new(self.name)
    }

    pub(crate) fn column_ref(self) -> ColumnRef {
        ColumnRef { table: T::DEFINITION, alias: T::ALIAS, name: self.name }
    }

    pub(crate) fn into_node(self) -> Node {
        Node::Column(self.column_ref())
    }
}

impl<T, V, F: Source, R> Column<T, V, Fk<F, R>> {
    /// Returns the same foreign key, referring to an alias of its table:
    /// `Employee::MANAGER_ID.to::<Manager>()`. See [`alias!`](crate::alias!).
    pub const fn to<A: Source<Row = F::Row>>(self) -> Column<T, V, Fk<A, R>> {
        Column::new(self.name)
    }
}

/// An expression over the tables `S` with values of type `V`.
pub struct Expr<S, V> {
    node: Node,
    types: PhantomData<fn() -> (S, V)>,
}

impl<S, V> Clone for Expr<S, V> {
    fn clone(&self) -> Self {
        Expr::new(self.node.clone())
    }
}

impl<S, V> std::fmt::Debug for Expr<S, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.node.fmt(f)
    }
}

impl<S, V> Expr<S, V> {
    pub(crate) fn new(node: Node) -> Self {
        Expr { node, types: PhantomData }
    }

    pub(crate) fn into_node(self) -> Node {
        self.node
    }

    pub(super) fn retyped<R, W>(self) -> Expr<R, W> {
        Expr::new(self.node)
    }
}

/// Calls a function by its name. Called by the code that [`sql_function!`](crate::sql_function!)
/// writes.
#[doc(hidden)]
pub fn call<S, V>(name: &'static str, arguments: Vec<Node>) -> Expr<S, V> {
    Expr::new(Node::call(Function::Named(name), arguments))
}

/// Calls an aggregate by its name. Called by the code that
/// [`sql_aggregate!`](crate::sql_aggregate!) writes.
#[doc(hidden)]
pub fn aggregate<S, V>(name: &'static str, arguments: Vec<Node>) -> Aggregate<S, V> {
    Aggregate::new(Function::NamedAggregate(name), arguments)
}

/// Uses a Rust value as an expression, for a projection or for generic code.
pub fn value<V: ColumnType>(value: V) -> Expr<(), V> {
    Expr::new(Node::value(value))
}
