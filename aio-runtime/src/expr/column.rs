//! Columns, and the expressions that are made of columns.

use std::marker::PhantomData;

use super::aggregate::Aggregate;
use super::cardinality::Many;
use super::function::Function;
use super::node::{ColumnRef, Node};
use super::source::Source;
use crate::types::ColumnType;

/// The kind of a [`Column`] that is not a foreign key.
#[derive(Debug)]
pub enum Plain {}

/// The kind of a [`Column`] that is a foreign key to the table `T`. `R` is the number of rows that
/// may have the same value: [`Many`], or [`AtMostOne`](super::AtMostOne) if the column is unique.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{Column, Fk};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// // The type of a constant that the derive generates for `references = User::ID`.
/// let key: Column<Post, i64, Fk<User>> = Post::USER_ID;
/// let posts: Vec<(Post, User)> = Post::select().join_via(key).all(&db).await?;
/// assert_eq!(posts[0].1.name, "Dana");
/// # db.close().await
/// # }
/// ```
#[derive(Debug)]
pub struct Fk<T, R = Many>(PhantomData<(T, R)>);

/// A column of the table `T` with values of type `V`. `K` is [`Plain`], or [`Fk`] for a foreign
/// key.
///
/// The derive generates one constant for each field: `User::NAME` is a `Column<User, String>`. The
/// methods of a column are SQL's operators and functions, and return an [`Expr`].
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Column, Condition, Database, Result, Table};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String, age: Option<i32> }
/// /// A column can be passed to a function.
/// fn has_prefix(column: Column<User, String>, prefix: &str) -> Condition<User> {
///     column.starts_with(prefix)
/// }
///
/// # async fn run(db: Database) -> Result<()> {
/// let adults = User::select().filter(has_prefix(User::NAME, "D")).filter(User::AGE.ge(18));
/// let names = adults.order_by(User::AGE.desc()).columns(User::NAME.upper());
/// let names: Vec<String> = names.all(&db).await?;
/// # Ok(())
/// # }
/// ```
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
    /// Creates the column with this name. The code that the derive generates calls this.
    pub const fn new(name: &'static str) -> Self {
        Column { name, types: PhantomData }
    }

    /// Returns the name of the column in the database.
    pub const fn name(self) -> &'static str {
        self.name
    }
}

impl<T: Source, V, K> Column<T, V, K> {
    /// Returns the same column of an alias of the table: `Employee::NAME.of::<Manager>()`. See
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
    /// Returns the same foreign key, as a reference to an alias of the parent table, for a join
    /// with the alias: `Employee::MANAGER_ID.to::<Manager>()`. See [`alias!`](crate::alias!).
    pub const fn to<A: Source<Row = F::Row>>(self) -> Column<T, V, Fk<A, R>> {
        Column::new(self.name)
    }
}

/// An expression over the tables `S` with values of type `V`.
///
/// It is built from columns and values by their methods and by Rust's arithmetic operators, and is
/// used in filters, projections, orders and updates.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Expr, Result, Table};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct Item { #[column(primary_key, auto)] id: i64, name: String, price: i64, pieces: i64 }
/// /// The type of an expression over one table can be written down.
/// fn total() -> Expr<(Item,), i64> {
///     (Item::PRICE * Item::PIECES).into()
/// }
///
/// # async fn run(db: Database) -> Result<()> {
/// let items = Item::select().filter(total().gt(1000)).order_by(total().desc());
/// let totals: Vec<(String, i64)> = items.columns((Item::NAME, total())).all(&db).await?;
/// # Ok(())
/// # }
/// ```
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

/// Returns a call of a function of the database by its name. The code that
/// [`sql_function!`](crate::sql_function!) generates uses this.
#[doc(hidden)]
pub fn call<S, V>(name: &'static str, arguments: Vec<Node>) -> Expr<S, V> {
    Expr::new(Node::call(Function::Named(name), arguments))
}

/// Returns a call of an aggregate of the database by its name. The code that
/// [`sql_aggregate!`](crate::sql_aggregate!) generates uses this.
#[doc(hidden)]
pub fn aggregate<S, V>(name: &'static str, arguments: Vec<Node>) -> Aggregate<S, V> {
    Aggregate::new(Function::NamedAggregate(name), arguments)
}

/// Converts a Rust value to an expression, for a projection, for generic code, or for the left
/// side of an operator: `value(1) - User::KARMA`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::value;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let columns = (value("user".to_owned()), value(10) - User::KARMA);
/// let rows = User::select().order_by(User::ID).columns(columns).all(&db).await?;
/// assert_eq!(rows[0], ("user".to_owned(), 3));
/// # db.close().await
/// # }
/// ```
pub fn value<V: ColumnType>(value: V) -> Expr<(), V> {
    Expr::new(Node::value(value))
}
