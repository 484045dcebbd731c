//! SELECT, as a value that methods build.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::cached_statement::CachedStatement;
use super::projection::{Projects, Selectable};
use super::record::{HoldsColumns, Record, RecordOf};
use super::row_count::RowCount;
use super::wrapper::timeout;
use crate::bindings::Bindings;
use crate::error::Error;
use crate::expr::scope::Reads;
use crate::expr::{
    BinaryOp, ColumnRef, LockStrength, LockWait, LockedTable, Node, Orders, Origin, Predicate, Query, SelectQuery,
    Selection, Source, SourceNode, Terms,
};
use crate::row::Labels;
use crate::schema::TableDef;
use crate::table::{KeyValue, Keyed, Table, TableOf};

/// A SELECT over the tables `F` that returns an `O` for each row.
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
    pub(crate) query: SelectQuery,
    pub(crate) timeout: Option<Duration>,
    pub(super) types: PhantomData<fn() -> (F, O)>,
}

/// A query as plain data, with its timeout.
#[derive(Clone, Debug)]
pub(crate) struct ReadQuery {
    pub(crate) query: Query,
    pub(crate) timeout: Option<Duration>,
}

impl Query {
    /// Returns the key under which the SQL text of this query is cached: the table, and which of
    /// the table's statements it is. Returns `None` if the text is not cached.
    pub(crate) fn cached(&self) -> Option<(&'static TableDef, CachedStatement)> {
        let select = self.plain_select()?;
        let plain = matches!(select.source.origin, Origin::Named)
            && select.source.alias.is_none()
            && select.projection.is_empty()
            && select.joins.is_empty()
            && select.invalid.is_none()
            && select.lock.is_none()
            && !self.is_sorted_or_limited();
        match &select.filter {
            None if plain => Some((select.source.table, CachedStatement::All)),
            Some(_) if plain && select.by_key => Some((select.source.table, CachedStatement::Find)),
            _ => None,
        }
    }

    /// Returns what is known of the names of the result's columns.
    pub(crate) fn labels(&self) -> Labels {
        let Some(first) = self.first_select() else {
            return Labels::Columns(vec![None; self.first_width()].into());
        };
        if first.projection.is_empty() && first.joins.is_empty() {
            return Labels::Table(first.source.table);
        }
        let label = |node: &Node| match node {
            Node::Column(column) => Some((column.table.full_name, column.name)),
            _ => None,
        };
        let columns: Arc<[_]> = match first.projection.is_empty() {
            true => first.sources().flat_map(SourceNode::columns).map(|column| label(&Node::Column(column))).collect(),
            false => first.projection.iter().map(label).collect(),
        };
        match self.presence_flags() {
            flags if flags.is_empty() => Labels::Columns(columns),
            flags => Labels::WithFlags(columns, flags.iter().map(|part| (part.start, part.width)).collect()),
        }
    }
}

/// Returns the condition that a row has this primary key.
pub(crate) fn key_condition(table: &'static TableDef, key: Bindings) -> Result<Node, Error> {
    let values = key.into_values(table, table.primary_key)?;
    let equal = |(name, value): (&&'static str, _)| {
        let column = Node::Column(ColumnRef { table, alias: None, name });
        Node::binary(column, BinaryOp::Eq, Node::Value(Option::unwrap_or(value, crate::value::Value::Null), None))
    };
    let mut conditions: Vec<Node> = table.primary_key.iter().zip(values).map(equal).collect();
    Ok(match conditions.len() {
        1 => conditions.remove(0),
        _ => Node::logical(BinaryOp::And, conditions),
    })
}

impl<F, O> Clone for Select<F, O> {
    fn clone(&self) -> Self {
        Select { query: self.query.clone(), timeout: self.timeout, types: PhantomData }
    }
}

impl<F, O> std::fmt::Debug for Select<F, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.query.fmt(f)
    }
}

impl<T: Table> Select<T> {
    /// Selects all rows of the table.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Select<T> {
        Select::of(SelectQuery::of_table(T::TABLE))
    }

    /// Selects the row with this primary key.
    pub fn find<K: KeyValue<T::Key>>(key: K) -> Select<T>
    where
        T: Keyed,
    {
        let mut bindings = Bindings::default();
        key.bind(&mut bindings);
        Select::of(find(T::TABLE, bindings))
    }
}

fn find(table: &'static TableDef, key: Bindings) -> SelectQuery {
    match key_condition(table, key) {
        Ok(condition) => SelectQuery::of_key(table, condition),
        Err(error) => {
            let mut query = SelectQuery::of_table(table);
            query.body.invalid = Some(Arc::new(error));
            query
        }
    }
}

impl<F, O> Select<F, O> {
    pub(super) fn of(query: SelectQuery) -> Select<F, O> {
        Select { query, timeout: None, types: PhantomData }
    }

    /// Returns the same query with other types `G` for its tables and `R` for its rows.
    pub(super) fn retyped<G, R>(self) -> Select<G, R> {
        Select { query: self.query, timeout: self.timeout, types: PhantomData }
    }

    /// Keeps only the rows for which the condition holds. The conditions of several calls are
    /// combined by AND.
    pub fn filter<C: Predicate, P>(mut self, condition: C) -> Self
    where
        F: Reads<C::Scope, P>,
    {
        self.query.body.filter(condition.into_condition());
        self
    }

    /// Sorts by these columns or expressions. Further calls add further terms, for rows that are
    /// equal in the earlier ones.
    pub fn order_by<C: Orders, P>(mut self, orders: C) -> Self
    where
        F: Reads<C::Scope, P>,
    {
        orders.append_to(&mut self.query.orders);
        self
    }

    /// Groups the rows that are equal in these columns or expressions. Further calls add further
    /// columns.
    ///
    /// The query then returns one row for each group. What the query selects must be computed from
    /// these columns and from aggregates; see [`Aggregate`](crate::Aggregate).
    pub fn group_by<C: Terms, P>(mut self, columns: C) -> Self
    where
        F: Reads<C::Scope, P>,
    {
        columns.append_to(&mut self.query.body.groups);
        self
    }

    /// Keeps only the groups for which the condition holds. The conditions of several calls are
    /// combined by AND.
    pub fn having<C: Predicate, P>(mut self, condition: C) -> Self
    where
        F: Reads<C::Scope, P>,
    {
        Node::add_condition(&mut self.query.body.having, condition.into_condition());
        self
    }

    timeout!(timeout);

    /// Sets the maximum number of rows.
    pub fn limit(mut self, rows: impl RowCount) -> Self {
        self.query.limit = Some(rows.rows());
        self
    }

    /// Skips this number of rows at the start.
    pub fn offset(mut self, rows: impl RowCount) -> Self {
        self.query.offset = Some(rows.rows());
        self
    }

    /// Removes duplicate rows.
    pub fn distinct(mut self) -> Self {
        self.query.body.distinct = true;
        self
    }

    /// Keeps only the first row, in the order of the query, of those that are equal in these
    /// columns or expressions: DISTINCT ON, of PostgreSQL. The order must begin with them.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Dialect, Result, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct Order { #[column(primary_key, auto)] id: i64, customer_id: i64, cents: i64 }
    /// # fn main() -> Result<()> {
    /// // The most expensive order of each customer.
    /// let largest = Order::select()
    ///     .distinct_on(Order::CUSTOMER_ID)
    ///     .order_by((Order::CUSTOMER_ID, Order::CENTS.desc(), Order::ID));
    /// let sql = largest.columns(Order::CENTS).to_sql(Dialect::Postgres)?;
    /// assert!(sql.text.starts_with(r#"SELECT DISTINCT ON ("customer_id") "cents" FROM "#));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The verb that runs the query fails with [`ErrorKind::Usage`](crate::ErrorKind::Usage) if
    /// the order does not begin with these columns: which row is the first would be left to
    /// chance.
    pub fn distinct_on<C: Terms, P>(mut self, columns: C) -> Self
    where
        F: Reads<C::Scope, P>,
    {
        columns.append_to(&mut self.query.body.distinct_on);
        self
    }

    /// Locks the rows that the query returns until the end of the transaction, as an update would:
    /// FOR UPDATE. Other transactions that change, delete or lock one of these rows wait
    /// until then, and this query waits for those that have locked one before.
    ///
    /// The query must run in a transaction, or be a part of a statement that writes. SQLite has no
    /// row locks. There, a transaction that writes holds the lock of the whole database from its
    /// beginning.
    ///
    /// ```no_run
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct Account { #[column(primary_key, auto)] id: i64, balance: i64 }
    /// # async fn run(db: Database) -> Result<()> {
    /// db.transaction(|tx| async move {
    ///     let mut account = Account::find(1).for_update().one(&tx).await?;
    ///     account.balance -= 30; // nobody else can change the row meanwhile
    ///     account.save(&tx).await
    /// })
    /// .await
    /// # }
    /// ```
    ///
    /// # Errors
    /// The verb that runs the query fails with [`ErrorKind::Usage`](crate::ErrorKind::Usage)
    /// outside of a transaction, and if the rows of the result are not those of tables, because
    /// the query is grouped or `distinct`, for example.
    pub fn for_update(mut self) -> Self {
        self.query.body.lock(LockStrength::Update, None);
        self
    }

    /// Locks rows like [`for_update`](Select::for_update), but only those of this table or alias.
    /// Further calls add further tables.
    ///
    /// The rows of a table that an outer join may not find cannot be locked, so that a query with
    /// an outer join has to name the others.
    pub fn for_update_of<T: Source, P>(mut self, _table: TableOf<T>) -> Self
    where
        F: Reads<(T,), P>,
    {
        self.query.body.lock(LockStrength::Update, Some(LockedTable { table: T::DEFINITION, alias: T::ALIAS }));
        self
    }

    /// Locks the rows that the query returns until the end of the transaction, so that nobody can
    /// change or delete them: FOR SHARE. Several transactions can hold such a lock on a row at the
    /// same time. Everything else is as with [`for_update`](Select::for_update).
    pub fn for_share(mut self) -> Self {
        self.query.body.lock(LockStrength::Share, None);
        self
    }

    /// Locks rows like [`for_share`](Select::for_share), but only those of this table or alias.
    /// Further calls add further tables.
    pub fn for_share_of<T: Source, P>(mut self, _table: TableOf<T>) -> Self
    where
        F: Reads<(T,), P>,
    {
        self.query.body.lock(LockStrength::Share, Some(LockedTable { table: T::DEFINITION, alias: T::ALIAS }));
        self
    }

    /// Locks the rows that the query returns like [`for_update`](Select::for_update), but lets
    /// other transactions insert rows that refer to them by a foreign key: FOR NO KEY UPDATE. It
    /// is the lock that an UPDATE takes which changes no key, and the right one for rows that are
    /// to be changed and not deleted.
    pub fn for_no_key_update(mut self) -> Self {
        self.query.body.lock(LockStrength::NoKeyUpdate, None);
        self
    }

    /// Locks rows like [`for_no_key_update`](Select::for_no_key_update), but only those of this
    /// table or alias. Further calls add further tables.
    pub fn for_no_key_update_of<T: Source, P>(mut self, _table: TableOf<T>) -> Self
    where
        F: Reads<(T,), P>,
    {
        self.query.body.lock(LockStrength::NoKeyUpdate, Some(LockedTable { table: T::DEFINITION, alias: T::ALIAS }));
        self
    }

    /// Locks the rows that the query returns until the end of the transaction, so that nobody can
    /// delete them or change their keys, whatever else is changed: FOR KEY SHARE. It is the lock
    /// that a foreign key takes on the row to which it refers. Everything else is as with
    /// [`for_update`](Select::for_update).
    pub fn for_key_share(mut self) -> Self {
        self.query.body.lock(LockStrength::KeyShare, None);
        self
    }

    /// Locks rows like [`for_key_share`](Select::for_key_share), but only those of this table or
    /// alias. Further calls add further tables.
    pub fn for_key_share_of<T: Source, P>(mut self, _table: TableOf<T>) -> Self
    where
        F: Reads<(T,), P>,
    {
        self.query.body.lock(LockStrength::KeyShare, Some(LockedTable { table: T::DEFINITION, alias: T::ALIAS }));
        self
    }

    /// Leaves out rows that another transaction has locked, instead of waiting for it: SKIP
    /// LOCKED. Call it after [`for_update`](Select::for_update) or `for_share`.
    ///
    /// Workers that take jobs from a table use it, so that each gets a job of its own:
    ///
    /// ```no_run
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct Job { #[column(primary_key, auto)] id: i64, task: String }
    /// # async fn run(db: Database) -> Result<()> {
    /// db.transaction(|tx| async move {
    ///     let first = Job::select().order_by(Job::ID).for_update().skip_locked();
    ///     let Some(job) = first.limit(1).optional(&tx).await? else { return Ok(()) };
    ///     println!("does {}", job.task);
    ///     job.remove(&tx).await // if the worker fails before, another one gets the job
    /// })
    /// .await
    /// # }
    /// ```
    pub fn skip_locked(mut self) -> Self {
        self.query.body.lock_wait(LockWait::Skip);
        self
    }

    /// Fails with [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) if another transaction has
    /// locked a row, instead of waiting for it: NOWAIT. Call it after
    /// [`for_update`](Select::for_update) or `for_share`.
    pub fn no_wait(mut self) -> Self {
        self.query.body.lock_wait(LockWait::Fail);
        self
    }

    /// Selects only these columns or expressions. For a single column, each row is its value; for
    /// a tuple, each row is a tuple of values.
    pub fn columns<C: Selectable<Checked = C>, P, R>(mut self, columns: C) -> Select<F, R>
    where
        F: Projects<C::Checked, P, Out = R>,
    {
        let mut selection = Selection::default();
        F::append_columns(columns, &mut selection);
        self.query.body.select(selection);
        self.retyped()
    }

    /// Reads the selected columns into the fields of a struct with `#[derive(Record)]`, which must
    /// have the same order and types.
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
    /// let entries: Vec<Entry> =
    ///     User::select().columns((User::NAME, User::AGE)).record().all(&db).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn record<R: Record>(self) -> Select<F, RecordOf<R, O>>
    where
        R::Fields: HoldsColumns<O>,
    {
        self.retyped()
    }

    /// Returns the query as plain data, without the types that say which tables it reads.
    pub(crate) fn into_plain(self) -> ReadQuery {
        ReadQuery { query: self.query.into(), timeout: self.timeout }
    }
}
