//! Subqueries: queries inside other queries.

use super::compound::IntoQuery;
use super::select::Select;
use crate::expr::scope::{Both, Guard, Scoped, Shape, Within};
use crate::expr::{Child, Comparable, Expr, InOperand, Node, SameForm, UnaryOp};
use crate::types::ColumnType;

impl<F: Shape, O> Select<F, O> {
    /// Returns this query as a correlated subquery, which can also read tables of the surrounding
    /// query: `G` is one of these tables, or a tuple of them.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table, exists};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct User { #[column(primary_key, auto)] id: i64, name: String }
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct Post {
    /// #     #[column(primary_key, auto)] id: i64,
    /// #     #[column(references = User::ID)] user_id: i64,
    /// # }
    /// # async fn run(db: Database) -> Result<()> {
    /// let has_posts = exists(Post::select().outer::<User>().filter(Post::USER_ID.eq(User::ID)));
    /// let authors: Vec<User> = User::select().filter(has_posts).all(&db).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn outer<G: Scoped>(mut self) -> Select<Within<F, G>, O> {
        self.query.body.correlated = true;
        self.retyped()
    }
}

impl<F: Shape, O: ColumnType> Select<F, O> {
    /// Returns the query as an expression: the value of its first row, or NULL if there is no row.
    pub fn scalar_subquery(self) -> Expr<Guard<F::Around>, Option<O::Base>> {
        Expr::new(Node::Subquery(Child::boxed(self.query.into())))
    }
}

/// Returns a condition that holds if the query returns a row: `EXISTS (SELECT …)`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::exists;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let posts = Post::select().outer::<User>().filter(Post::USER_ID.eq(User::ID));
/// let authors = User::select().filter(exists(posts)).columns(User::NAME);
/// assert_eq!(authors.all(&db).await?, ["Dana"]);
/// # db.close().await
/// # }
/// ```
pub fn exists<Q: IntoQuery>(query: Q) -> Expr<Guard<Q::Around>, bool> {
    Expr::new(Node::Exists(Child::boxed(query.into_query())))
}

/// Returns a condition that holds if the query returns no row: `NOT EXISTS (SELECT …)`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::not_exists;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let posts = Post::select().outer::<User>().filter(Post::USER_ID.eq(User::ID));
/// let silent = User::select().filter(not_exists(posts)).columns(User::NAME);
/// assert_eq!(silent.all(&db).await?, ["Dan"]);
/// # db.close().await
/// # }
/// ```
pub fn not_exists<Q: IntoQuery>(query: Q) -> Expr<Guard<Q::Around>, bool> {
    Expr::new(Node::unary(UnaryOp::Not, Node::Exists(Child::boxed(query.into_query()))))
}

#[diagnostic::do_not_recommend]
impl<B, F: Shape, O: ColumnType> InOperand<B> for Select<F, O>
where
    O::Base: Comparable<B, Form = SameForm>,
{
    type With<S> = Both<S, F::Around>;
    type Null = O::Null;

    fn into_in(self, operand: Node, negated: bool) -> Node {
        Node::InQuery(Child::boxed(operand), Child::boxed(self.query.into()), negated)
    }
}
