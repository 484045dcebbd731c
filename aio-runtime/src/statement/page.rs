//! Keyset pagination: pages that are found by the values of a row, not by an offset.

use super::cursor::Cursor;
use super::relation::With;
use super::row_count::RowCount;
use super::select::Select;
use crate::error::{Error, Result};
use crate::expr::{BinaryOp, ColumnRef, Node, OrderNode, SelectQuery, UnaryOp};
use crate::value::Value;

/// A page of a sorted query, and the cursors of the pages before and after it.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::Page;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let page: Page<User> = User::select().order_by(User::NAME).page(1).all(&db).await?;
/// assert_eq!(page.rows[0].name, "Dan");
/// assert!(page.previous.is_none()); // it is the first page
/// let next = User::select().order_by(User::NAME).page(1).after(page.next).all(&db).await?;
/// assert_eq!(next.rows[0].name, "Dana");
/// assert!(next.next.is_none()); // it is the last page
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Page<O> {
    /// The rows, in the query's order.
    pub rows: Vec<O>,
    /// The position at which the next page begins; `None` on the last page.
    pub next: Option<Cursor>,
    /// The position at which the previous page ends; `None` on the first page.
    pub previous: Option<Cursor>,
}

impl<O> Page<O> {
    /// Converts each row, and keeps the cursors.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Page, Result, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct User { #[column(primary_key, auto)] id: i64, name: String }
    /// # async fn run(db: Database) -> Result<()> {
    /// let page = User::select().page(50).all(&db).await?;
    /// let names: Page<String> = page.map(|user| user.name);
    /// # Ok(())
    /// # }
    /// ```
    pub fn map<R>(self, convert: impl FnMut(O) -> R) -> Page<R> {
        Page { rows: self.rows.into_iter().map(convert).collect(), next: self.next, previous: self.previous }
    }
}

/// A query that is read page by page, made by [`Select::page`] or [`With::page`].
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let pages = User::select().order_by(User::NAME).page(1);
/// let (mut names, mut cursor) = (Vec::new(), None);
/// loop {
///     let page = pages.clone().after(cursor).all(&db).await?;
///     names.extend(page.rows.into_iter().map(|user| user.name));
///     cursor = page.next;
///     if cursor.is_none() {
///         break;
///     }
/// }
/// assert_eq!(names, ["Dan", "Dana"]);
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a statement does nothing until a verb such as `all` runs it"]
pub struct Paged<Q> {
    pub(crate) query: Q,
    pub(crate) position: Position,
}

/// Which page to read: its number of rows, and the cursor after or before which it is. Without a
/// cursor, it is the first page.
#[derive(Clone, Debug)]
pub(crate) struct Position {
    rows: i64,
    from: Option<(Cursor, Direction)>,
}

/// Whether the page comes after or before its cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    After,
    Before,
}

impl<Q> Paged<Q> {
    fn new(query: Q, rows: i64) -> Paged<Q> {
        Paged { query, position: Position { rows, from: None } }
    }

    /// Reads the page after this cursor, which is the `next` of another page in the same order.
    /// `None` has no effect, so that the optional cursor of a client's request can be passed as it
    /// is.
    pub fn after(mut self, cursor: impl Into<Option<Cursor>>) -> Self {
        self.position.set(cursor.into(), Direction::After);
        self
    }

    /// Reads the page before this cursor, which is the `previous` of another page in the same
    /// order. `None` has no effect.
    pub fn before(mut self, cursor: impl Into<Option<Cursor>>) -> Self {
        self.position.set(cursor.into(), Direction::Before);
        self
    }
}

impl<F, O> Select<F, O> {
    /// Splits the query into pages of this number of rows, in the query's order. Rows that are
    /// equal in that order are sorted by their primary keys.
    ///
    /// The library finds a page by the values of the last row of the previous page. If an index
    /// has that order, every page takes about the same time, and rows that are inserted or deleted
    /// meanwhile do not move other rows from one page to another.
    ///
    /// Limit the size if a client chooses it: `.page(size.min(100))`.
    ///
    /// A cursor can be used only with the order of its query. The filters, the columns and the
    /// size may differ for the next page.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct User { #[column(primary_key, auto)] id: i64, name: String }
    /// # async fn run(db: Database) -> Result<()> {
    /// let by_name = User::select().order_by(User::NAME).page(50);
    /// let first = by_name.clone().all(&db).await?;
    /// if let Some(next) = first.next {
    ///     let second = by_name.after(next).all(&db).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`all`](Paged::all) fails with [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput)
    /// if the number of rows is less than 1, or if the cursor belongs to another order.
    pub fn page(self, rows: impl RowCount) -> Paged<Select<F, O>> {
        Paged::new(self, rows.rows())
    }
}

impl<T, O> With<T, O> {
    /// Splits the query into pages of this number of rows, not counting related rows. See
    /// [`Select::page`].
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Page, Result, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct User { #[column(primary_key, auto)] id: i64, name: String }
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct Post {
    /// #     #[column(primary_key, auto)] id: i64,
    /// #     #[column(references = User::ID)] user_id: i64,
    /// # }
    /// # async fn run(db: Database) -> Result<()> {
    /// let by_name = User::select().with(Post).order_by(User::NAME);
    /// let page: Page<(User, Vec<Post>)> = by_name.page(50).all(&db).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The errors of [`Select::page`].
    pub fn page(self, rows: impl RowCount) -> Paged<With<T, O>> {
        Paged::new(self, rows.rows())
    }
}

impl Position {
    fn set(&mut self, cursor: Option<Cursor>, direction: Direction) {
        if let Some(cursor) = cursor {
            self.from = Some((cursor, direction));
        }
    }

    /// Returns the query for the rows of all pages, with the primary key added to ORDER BY. The
    /// values by which a row is sorted are additional columns at the end of each row.
    pub(crate) fn sorted(&self, mut query: SelectQuery) -> Result<SelectQuery> {
        if self.rows < 1 {
            return Err(Error::invalid_input("a page has at least one row"));
        }
        if query.is_limited() || query.body.is_distinct() || !query.body.groups.is_empty() {
            return Err(Error::usage(
                "`page` cannot be used with `limit`, `offset`, `distinct`, `group_by` or `union`: each row must be that of a table",
            ));
        }
        // The condition of a page limits the rows from which a window function is computed.
        if query.body.projection.iter().chain(query.orders.iter().map(|order| &order.node)).any(Node::has_window) {
            return Err(Error::usage(
                "a window function would see only the rows of one page: use `limit` and `offset` instead of `page`",
            ));
        }
        query.body.select_all();
        add_keys(&mut query)?;
        query.body.projection.extend(query.orders.iter().map(|order| order.node.clone()));
        Ok(query)
    }

    /// Returns the query for one page, from the query for the rows of all pages. It asks for one
    /// row more than the page has, so that the library knows whether another page follows. `order`
    /// is the checksum of the query's order.
    pub(crate) fn limited(&self, mut query: SelectQuery, order: u32) -> Result<SelectQuery> {
        if let Some((cursor, direction)) = &self.from {
            if cursor.order != order || cursor.values.len() != query.orders.len() {
                return Err(Error::invalid_input(
                    "the cursor belongs to a query with another order: sort by the same columns, directions and values as for \
                     the page that it comes from, or start again without a cursor",
                ));
            }
            query.body.filter(beyond(&query, &cursor.values, *direction));
            if *direction == Direction::Before {
                query.orders.iter_mut().for_each(reverse);
            }
        }
        query.limit = Some(self.rows.saturating_add(1));
        Ok(query)
    }

    /// Builds the page from the rows that the query has returned, each with the values by which it
    /// is sorted.
    pub(crate) fn page<R>(&self, mut rows: Vec<(R, Vec<Value>)>, order: u32) -> Page<R> {
        let more = usize::try_from(self.rows).is_ok_and(|most| rows.len() > most);
        if more {
            rows.pop();
        }
        let direction = self.from.as_ref().map(|(_, direction)| *direction);
        if direction == Some(Direction::Before) {
            rows.reverse();
        }
        let cursor = |row: Option<&(R, Vec<Value>)>| row.map(|(_, values)| Cursor { order, values: values.clone() });
        let (first, last) = (cursor(rows.first()), cursor(rows.last()));
        let (next, previous) = match direction {
            None => (more, false),
            Some(Direction::After) => (more, true),
            Some(Direction::Before) => (true, more),
        };
        Page {
            next: last.filter(|_| next),
            previous: first.filter(|_| previous),
            rows: rows.into_iter().map(|(row, _)| row).collect(),
        }
    }
}

/// Adds the primary keys of the tables to the order, so that no two rows are equal in it.
fn add_keys(query: &mut SelectQuery) -> Result<()> {
    let sources: Vec<_> = query.body.sources().cloned().collect();
    for source in sources {
        let table = source.table;
        if table.primary_key.is_empty() {
            return Err(Error::usage(format!(
                "`page` needs the primary key of `{}` to sort rows that are equal in the query's order, but the table has none",
                table.full_name
            )));
        }
        for name in table.primary_key {
            let column = ColumnRef { table, alias: source.alias, name };
            let known = query.orders.iter().any(|order| matches!(&order.node, Node::Column(other) if *other == column));
            if !known {
                query.orders.push(OrderNode { node: Node::Column(column), descending: false, nulls_first: None });
            }
        }
    }
    Ok(())
}

/// Reverses the direction of an ORDER BY term, including the position of NULLs.
fn reverse(order: &mut OrderNode) {
    let first = order.has_nulls_first();
    order.descending = !order.descending;
    order.nulls_first = (order.has_nulls_first() == first).then_some(!first);
}

/// Returns the condition that a row comes after (or before, depending on the direction) the row
/// that is sorted by these values: after the first value, or equal to it and after the second, and
/// so on.
fn beyond(query: &SelectQuery, values: &[Value], direction: Direction) -> Node {
    let orders = query.orders.as_slice();
    let mut branches = Vec::new();
    for (index, (order, value)) in orders.iter().zip(values).enumerate() {
        let Some(past) = past(query, order, value, direction) else { continue };
        let equal = orders.iter().zip(values).take(index).map(|(order, value)| match value {
            Value::Null => Node::unary(UnaryOp::IsNull, order.node.clone()),
            value => Node::binary(order.node.clone(), BinaryOp::Eq, Node::Value(value.clone(), None)),
        });
        let mut all: Vec<Node> = equal.collect();
        all.push(past);
        branches.push(if all.len() == 1 { all.remove(0) } else { Node::logical(BinaryOp::And, all) });
    }
    let any = Node::logical(BinaryOp::Or, branches);
    // The database can use an index only for a bound on the first term. No branch of the OR alone
    // states this bound, so it is added here.
    match (orders, values) {
        ([first, _, ..], [value, ..]) if *value != Value::Null && !is_nullable(query, &first.node) => {
            let (ascending, value) =
                (first.descending == (direction == Direction::Before), Node::Value(value.clone(), None));
            let op = if ascending { BinaryOp::Ge } else { BinaryOp::Le };
            Node::logical(BinaryOp::And, vec![Node::binary(first.node.clone(), op, value), any])
        }
        _ => any,
    }
}

/// Returns the condition that a row comes after (or before, depending on the direction) this value
/// in the order of one term. Returns `None` if no row can.
fn past(query: &SelectQuery, order: &OrderNode, value: &Value, direction: Direction) -> Option<Node> {
    let node = || order.node.clone();
    let ascending = order.descending == (direction == Direction::Before);
    // Whether NULL comes after all values in the direction of the page.
    let nulls_ahead = order.has_nulls_first() == (direction == Direction::Before);
    match value {
        Value::Null => (!nulls_ahead).then(|| Node::unary(UnaryOp::IsNotNull, node())),
        value => {
            let op = if ascending { BinaryOp::Gt } else { BinaryOp::Lt };
            let past = Node::binary(node(), op, Node::Value(value.clone(), None));
            Some(match nulls_ahead && is_nullable(query, &order.node) {
                true => Node::logical(BinaryOp::Or, vec![past, Node::unary(UnaryOp::IsNull, node())]),
                false => past,
            })
        }
    }
}

fn is_nullable(query: &SelectQuery, node: &Node) -> bool {
    match node {
        Node::Column(column) => {
            let index = query.body.sources().position(|source| source.has(column));
            column.is_nullable() || index.is_none_or(|index| query.body.is_outer(index))
        }
        _ => true,
    }
}
