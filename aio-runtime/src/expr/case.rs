//! `CASE`.

use std::marker::PhantomData;

use super::child::Child;
use super::column::Expr;
use super::condition::Predicate;
use super::node::Node;
use super::operand::Operand;
use super::scope::{Both, Guard};
use crate::types::{ColumnType, NotNull, Nullness, SqlType, Type};
use crate::value::Value;

/// The value of the first condition that holds.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table, case};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, age: i32 }
/// # async fn run(db: Database) -> Result<()> {
/// let group = case::<String>().when(User::AGE.lt(13), "child").when(User::AGE.lt(20), "teen").otherwise("adult");
/// let groups: Vec<String> = User::select().columns(group).all(&db).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a `case` ends with `otherwise` or `end`"]
pub struct Case<S, N, B> {
    branches: Vec<(Node, Node)>,
    #[allow(clippy::type_complexity, reason = "three parameters, and none of them held")]
    types: PhantomData<fn() -> (S, N, B)>,
}

/// Begins a choice between values of type `B`.
pub fn case<B: SqlType>() -> Case<(), NotNull, B> {
    Case { branches: Vec::new(), types: PhantomData }
}

impl<S, N, B> std::fmt::Debug for Case<S, N, B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.branches.fmt(f)
    }
}

impl<S, N: Nullness, B: SqlType> Case<S, N, B> {
    /// Adds the value for rows where this condition holds and no earlier one does.
    #[allow(clippy::type_complexity, reason = "the set of tables and whether NULL is possible, as of every operator")]
    pub fn when<C: Predicate, R: Operand<B>>(
        mut self,
        condition: C,
        value: R,
    ) -> Case<R::With<Both<S, Guard<C::Scope>>>, N::Or<<R::Value as ColumnType>::Null>, B> {
        self.branches.push((condition.into_condition(), value.into_node()));
        Case { branches: self.branches, types: PhantomData }
    }

    /// Ends the choice with a value for rows where no condition holds.
    #[allow(clippy::type_complexity, reason = "the set of tables and whether NULL is possible, as of every operator")]
    pub fn otherwise<R: Operand<B>>(
        self,
        value: R,
    ) -> Expr<R::With<S>, <N::Or<<R::Value as ColumnType>::Null> as Nullness>::Of<B>> {
        Expr::new(choice(self.branches, Some(value.into_node()), B::TYPE))
    }

    /// Ends the choice; the value is NULL where no condition holds.
    pub fn end(self) -> Expr<S, Option<B>> {
        Expr::new(choice(self.branches, None, B::TYPE))
    }
}

fn choice(branches: Vec<(Node, Node)>, otherwise: Option<Node>, ty: Type) -> Node {
    // SQL has no CASE without a WHEN.
    if branches.is_empty() {
        return otherwise.unwrap_or(Node::Value(Value::Null, Some(ty)));
    }
    Node::Case(Child::new((branches, otherwise.map(Box::new))))
}
