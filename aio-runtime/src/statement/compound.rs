//! UNION, INTERSECT, EXCEPT, and VALUES.

use std::marker::PhantomData;

use super::row_count::RowCount;
use super::select::{ReadQuery, Select};
use super::wrapper::timeout;
use crate::expr::scope::{Both, NoTable, Reads, Shape};
use crate::expr::{Body, Child, Comparable, InOperand, Node, Orders, Query, SameForm, SetOperator};
use crate::row::FromRow;
use crate::types::ColumnType;

/// A query, or a combination of several queries, whose rows have the type `Out`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let posts = Post::select().columns(Post::USER_ID);
/// let ids = User::select().filter(User::KARMA.lt(5)).columns(User::ID).union(posts);
/// assert_eq!(User::select().filter(User::ID.is_in(ids)).count(&db).await?, 2);
/// # db.close().await
/// # }
/// ```
pub trait IntoQuery {
    /// The type that each row is read as.
    type Out;
    /// The tables of the surrounding queries that the query may read.
    type Around;

    /// Returns the query as plain data.
    fn into_query(self) -> Query;
}

impl<F: Shape, O> IntoQuery for Select<F, O> {
    type Out = O;
    type Around = F::Around;

    fn into_query(self) -> Query {
        self.query.into()
    }
}

impl<F: Shape, O> IntoQuery for Compound<F, O> {
    type Out = O;
    type Around = F::Around;

    fn into_query(self) -> Query {
        self.read.query
    }
}

/// Several queries that are combined by UNION, INTERSECT or EXCEPT, or the rows of [`values`]. All
/// queries return rows of type `O`.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String }
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct Team { #[column(primary_key, auto)] id: i64, title: String }
/// # async fn run(db: Database) -> Result<()> {
/// let names: Vec<String> = User::select()
///     .columns(User::NAME)
///     .union(Team::select().columns(Team::TITLE))
///     .order_by(User::NAME)
///     .all(&db)
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a statement does nothing until a verb such as `all` runs it"]
pub struct Compound<F, O> {
    read: ReadQuery,
    types: PhantomData<fn() -> (F, O)>,
}

impl<F, O> Clone for Compound<F, O> {
    fn clone(&self) -> Self {
        Compound::of(self.read.clone())
    }
}

impl<F, O> std::fmt::Debug for Compound<F, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.read.query.fmt(f)
    }
}

macro_rules! set_operators {
    ($self:ident, $into:expr) => {
        /// Returns the rows of either query, without duplicates.
        pub fn union(self, other: impl IntoQuery<Out = O>) -> Compound<F, O> {
            let $self = self;
            $into.with(SetOperator::Union, other.into_query())
        }

        /// Returns the rows of this query followed by the rows of the other query, with
        /// duplicates.
        pub fn union_all(self, other: impl IntoQuery<Out = O>) -> Compound<F, O> {
            let $self = self;
            $into.with(SetOperator::UnionAll, other.into_query())
        }

        /// Returns the rows that both queries have, without duplicates.
        pub fn intersect(self, other: impl IntoQuery<Out = O>) -> Compound<F, O> {
            let $self = self;
            $into.with(SetOperator::Intersect, other.into_query())
        }

        /// Returns the rows of this query that the other query does not have, without duplicates.
        pub fn except(self, other: impl IntoQuery<Out = O>) -> Compound<F, O> {
            let $self = self;
            $into.with(SetOperator::Except, other.into_query())
        }
    };
}

impl<F, O> Select<F, O> {
    set_operators!(this, this.into_compound());

    fn into_compound(self) -> Compound<F, O> {
        Compound::of(self.into_plain())
    }
}

impl<F, O> Compound<F, O> {
    set_operators!(this, this);

    fn of(read: ReadQuery) -> Compound<F, O> {
        Compound { read, types: PhantomData }
    }

    fn with(self, operator: SetOperator, other: Query) -> Compound<F, O> {
        let ReadQuery { query, timeout } = self.read;
        // An order and a limit that were set before belong to the queries so far, not to the rows
        // that are combined now.
        let mut query = query.into_first();
        query.compounds.push((operator, Child::boxed(other)));
        Compound::of(ReadQuery { query, timeout })
    }

    /// Returns the query as plain data, without the types that say which tables it reads.
    pub(crate) fn into_plain(self) -> ReadQuery {
        self.read
    }

    /// Sorts by columns that the first query selects. Any other term is reported as an error
    /// before the statement is sent.
    pub fn order_by<C: Orders, P>(mut self, orders: C) -> Self
    where
        F: Reads<C::Scope, P>,
    {
        orders.append_to(&mut self.read.query.orders);
        self
    }

    /// Sets the maximum number of rows.
    pub fn limit(mut self, rows: impl RowCount) -> Self {
        self.read.query.limit = Some(rows.rows());
        self
    }

    /// Skips this number of rows at the start.
    pub fn offset(mut self, rows: impl RowCount) -> Self {
        self.read.query.offset = Some(rows.rows());
        self
    }

    timeout!(read.timeout);
}

#[diagnostic::do_not_recommend]
impl<B, F: Shape, O: ColumnType> InOperand<B> for Compound<F, O>
where
    O::Base: Comparable<B, Form = SameForm>,
{
    type With<S> = Both<S, F::Around>;
    type Null = O::Null;

    fn into_in(self, operand: Node, negated: bool) -> Node {
        Node::InQuery(Child::boxed(operand), Child::boxed(self.read.query), negated)
    }
}

/// A row of [`values`]: one value, or a tuple of values.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::values;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let numbers = values([(1_i64, "one".to_owned()), (2, "two".to_owned())]);
/// let rows: Vec<(i64, String)> = numbers.all(&db).await?;
/// assert_eq!(rows[1].1, "two");
/// # db.close().await
/// # }
/// ```
pub trait ValuesRow: FromRow {
    /// Appends the values of this row to `row`.
    fn append_to(self, row: &mut Vec<Node>);
}

macro_rules! rows {
    ($(($name:ident $proof:ident $index:tt))+) => {
        impl<$($name: ColumnType + FromRow),+> ValuesRow for ($($name,)+) {
            fn append_to(self, row: &mut Vec<Node>) {
                $(row.push(Node::value(self.$index));)+
            }
        }
    };
}
crate::tuple::for_each_tuple!(rows);

/// Creates a query from rows: `VALUES (?, ?), (?, ?)`. With [`cte`](crate::cte), the query gets a
/// name and can be read like a table.
///
/// Write the type of each number, such as `1_i64`: it is not inferred from the type that the rows
/// are read as.
///
/// ```
/// # use aio_runtime::{Database, Result, values};
/// # async fn run(db: Database) -> Result<()> {
/// let rows: Vec<(i64, String)> =
///     values([(1_i64, "one".to_owned()), (2, "two".to_owned())]).all(&db).await?;
/// # Ok(())
/// # }
/// ```
pub fn values<O: ValuesRow>(rows: impl IntoIterator<Item = O>) -> Compound<NoTable, O> {
    let rows = rows.into_iter().map(|row| {
        let mut values = Vec::with_capacity(O::WIDTH);
        row.append_to(&mut values);
        values
    });
    Compound::of(ReadQuery { query: Query::new(Body::Values(rows.collect())), timeout: None })
}
