//! SELECT.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::own::Own;
use super::projection::Projects;
use super::record::{HoldsColumns, Record};
use crate::bindings::Bindings;
use crate::error::Error;
use crate::expr::scope::Reads;
use crate::expr::{BinaryOp, ColumnRef, Node, OrderNode, Predicate, SortsBy};
use crate::row::Labels;
use crate::schema::TableDef;
use crate::table::{KeyValue, Keyed, Table};

/// A query over the tables `F` that gives an `O` for each row.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String, age: Option<i32> }
/// # async fn run(db: Database) -> Result<()> {
/// let names: Vec<String> = User::select()
///     .filter(User::AGE.ge(18).and(User::NAME.starts_with("D")))
///     .order_by(User::NAME)
///     .limit(10)
///     .columns(User::NAME)
///     .all(&db)
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a statement does nothing until a verb such as `all` runs it"]
pub struct Select<F, O = F> {
    query: Box<Query>,
    types: PhantomData<fn() -> (F, O)>,
}

/// A query as plain data.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) table: &'static TableDef,
    pub(crate) distinct: bool,
    /// What is selected; empty for all columns of the table.
    pub(crate) projection: Vec<Node>,
    pub(crate) filter: Option<Node>,
    pub(crate) orders: Vec<OrderNode>,
    pub(crate) limit: Option<u64>,
    pub(crate) offset: Option<u64>,
    pub(crate) timeout: Option<Duration>,
    /// It is the one that finds a row by its key, and nothing more.
    pub(crate) by_key: bool,
    /// A key that cannot be stored.
    pub(crate) invalid: Option<Arc<Error>>,
}

impl Query {
    #[inline(never)]
    pub(crate) fn of(table: &'static TableDef) -> Query {
        Query {
            table,
            distinct: false,
            projection: Vec::new(),
            filter: None,
            orders: Vec::new(),
            limit: None,
            timeout: None,
            by_key: false,
            offset: None,
            invalid: None,
        }
    }

    pub(crate) fn filter(&mut self, condition: Node) {
        self.by_key = false;
        Node::narrow(&mut self.filter, condition);
    }

    /// The query for the row with this key.
    pub(crate) fn filter_key(&mut self, condition: Node) {
        self.filter(condition);
        self.by_key = true;
    }

    /// Which of its table's own statements it is.
    pub(crate) fn own(&self) -> Option<Own> {
        let plain = self.projection.is_empty()
            && !self.distinct
            && self.orders.is_empty()
            && self.limit.is_none()
            && self.offset.is_none()
            && self.invalid.is_none();
        match &self.filter {
            None if plain => Some(Own::All),
            Some(_) if plain && self.by_key => Some(Own::Find),
            _ => None,
        }
    }

    /// What the columns of the result are called.
    pub(crate) fn labels(&self) -> Labels {
        if self.projection.is_empty() {
            return Labels::Table(self.table);
        }
        let label = |node: &Node| match node {
            Node::Column(column) => Some((column.table.name, column.name)),
            _ => None,
        };
        Labels::Columns(self.projection.iter().map(label).collect::<Arc<[_]>>())
    }
}

/// The condition that a row has this key.
pub(crate) fn key_condition(table: &'static TableDef, key: Bindings) -> Result<Node, Error> {
    let values = key.into_values(table, table.primary_key)?;
    let equal = |(name, value): (&&'static str, _)| {
        let column = Node::Column(ColumnRef { table, alias: None, name });
        Node::binary(column, BinaryOp::Eq, Node::Value(Option::unwrap_or(value, crate::value::Value::Null)))
    };
    let mut conditions: Vec<Node> = table.primary_key.iter().zip(values).map(equal).collect();
    Ok(match conditions.len() {
        1 => conditions.remove(0),
        _ => Node::Join(BinaryOp::And, conditions),
    })
}

impl<F, O> Clone for Select<F, O> {
    fn clone(&self) -> Self {
        Select { query: self.query.clone(), types: PhantomData }
    }
}

impl<F, O> std::fmt::Debug for Select<F, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.query.fmt(f)
    }
}

impl<T: Table> Select<T> {
    /// All rows of the table.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Select<T> {
        Select { query: Box::new(Query::of(T::TABLE)), types: PhantomData }
    }

    /// The row with this primary key.
    pub fn find<K: KeyValue<T::Key>>(key: K) -> Select<T>
    where
        T: Keyed,
    {
        let mut bindings = Bindings::default();
        key.bind(&mut bindings);
        Select { query: Box::new(find(T::TABLE, bindings)), types: PhantomData }
    }
}

fn find(table: &'static TableDef, key: Bindings) -> Query {
    let mut query = Query::of(table);
    match key_condition(table, key) {
        Ok(condition) => query.filter_key(condition),
        Err(error) => query.invalid = Some(Arc::new(error)),
    }
    query
}

impl<F, O> Select<F, O> {
    /// Only the rows for which the condition holds; several calls are joined by AND.
    pub fn filter<C: Predicate, P>(mut self, condition: C) -> Self
    where
        F: Reads<C::Scope, P>,
    {
        self.query.filter(condition.into_condition());
        self
    }

    /// Sorted by these columns or terms; several calls add further ones.
    pub fn order_by<C, P>(mut self, orders: C) -> Self
    where
        F: SortsBy<C, P>,
    {
        F::append_orders(orders, &mut self.query.orders);
        self
    }

    /// How long the statement may take, its waiting included; what takes longer fails with
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout), and has written nothing. Unless said it is what the
    /// [database](crate::Builder::timeout) says.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.query.timeout = Some(timeout);
        self
    }

    /// At most so many rows.
    pub fn limit(mut self, rows: u64) -> Self {
        self.query.limit = Some(rows);
        self
    }

    /// Without the first so many rows.
    pub fn offset(mut self, rows: u64) -> Self {
        self.query.offset = Some(rows);
        self
    }

    /// Each row once.
    pub fn distinct(mut self) -> Self {
        self.query.distinct = true;
        self
    }

    /// Only these columns or expressions: one gives its value, several give a tuple.
    pub fn columns<C, P, R>(mut self, columns: C) -> Select<F, R>
    where
        F: Projects<C, P, Out = R>,
    {
        self.query.projection.clear();
        F::append_columns(columns, &mut self.query.projection);
        Select { query: self.query, types: PhantomData }
    }

    /// The selected columns as the fields of a record, in its order and of its types.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Record, Result, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct User { #[column(primary_key, auto)] id: i64, name: String, age: Option<i32> }
    /// #[derive(Record)]
    /// # #[record(crate = "aio_runtime")]
    /// struct Entry {
    ///     name: String,
    ///     age: Option<i32>,
    /// }
    /// # async fn run(db: Database) -> Result<()> {
    /// let entries: Vec<Entry> = User::select().columns((User::NAME, User::AGE)).record().all(&db).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn record<R: Record>(self) -> Select<F, R>
    where
        R::Fields: HoldsColumns<O>,
    {
        Select { query: self.query, types: PhantomData }
    }

    pub(crate) fn query(&self) -> &Query {
        &self.query
    }
}
