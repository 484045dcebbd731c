//! Conversions of expressions to types that name their tables, for the signatures of functions and
//! the elements of lists.

use super::aggregate::Aggregate;
use super::column::{Column, Expr};
use super::order::Order;
use super::scope::{Both, Guard, OnlyOf, Reads};
use super::source::Source;
use crate::types::{ColumnType, SqlType};

/// Implemented where an expression with values of type `Self` can be used as an expression with
/// values of type `V`. `V` is `Self` or an `Option` of it. For a condition that may be NULL, `V`
/// can also be `bool`, because a filter treats NULL as false.
#[diagnostic::on_unimplemented(
    message = "an expression with values of type `{Self}` cannot be used as one with values of type `{V}`",
    label = "expected values of type `{V}`",
    note = "`.cast::<..>()` converts it to another type, and `.coalesce(..)` replaces NULL"
)]
pub trait Fits<V> {}

#[diagnostic::do_not_recommend]
impl<V: ColumnType> Fits<V> for V {}
#[diagnostic::do_not_recommend]
impl<B: SqlType> Fits<Option<B>> for B {}
#[diagnostic::do_not_recommend]
impl Fits<bool> for Option<bool> {}

/// Implements the conversions of an expression or an aggregate to a type that names its tables.
macro_rules! rescoped {
    ($type:ident) => {
        impl<S, V> $type<S, V> {
            /// Converts the expression to an expression over the tables `F`, a tuple of tables.
            /// The new type can be written as the result of a function or the element of a list:
            /// `Expr<(User,), String>`, `Expr<(Post, User), String>`. For one table, `.into()`
            /// makes this conversion, too.
            ///
            /// ```
            /// # use aio_runtime as aio_sql;
            /// # use aio_sql::{Condition, Database, Expr, Result, Table, all_of};
            /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
            /// # struct User { #[column(primary_key, auto)] id: i64, name: String }
            /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
            /// # struct Post {
            /// #     #[column(primary_key, auto)] id: i64,
            /// #     title: String,
            /// #     #[column(references = User::ID)] user_id: i64,
            /// # }
            /// fn by_line() -> Expr<(Post, User), String> {
            ///     Post::TITLE.concat(" by ").concat(User::NAME).rescope()
            /// }
            ///
            /// fn conditions(author: Option<String>) -> Vec<Condition<(Post, User)>> {
            ///     let mut conditions = vec![Post::TITLE.ne("").rescope()];
            ///     if let Some(author) = author {
            ///         conditions.push(User::NAME.eq(author).rescope());
            ///     }
            ///     conditions
            /// }
            ///
            /// # async fn run(db: Database, author: Option<String>) -> Result<()> {
            /// let posts = Post::select().join(User).filter(all_of(conditions(author)));
            /// let lines: Vec<String> = posts.columns(by_line()).all(&db).await?;
            /// # Ok(())
            /// # }
            /// ```
            pub fn rescope<F, W, P>(self) -> $type<F, W>
            where
                F: Reads<S, P>,
                V: Fits<W>,
            {
                self.retyped()
            }
        }

        impl<T: Source, A: OnlyOf<T>, B: OnlyOf<T>, V: Fits<W>, W> From<$type<Both<A, B>, V>> for $type<(T,), W> {
            fn from(expression: $type<Both<A, B>, V>) -> Self {
                expression.retyped()
            }
        }

        impl<T: Source, A: OnlyOf<T>, V: Fits<W>, W> From<$type<Guard<A>, V>> for $type<(T,), W> {
            fn from(expression: $type<Guard<A>, V>) -> Self {
                expression.retyped()
            }
        }

        impl<T: Source, V: Fits<W>, W> From<$type<(), V>> for $type<(T,), W> {
            fn from(expression: $type<(), V>) -> Self {
                expression.retyped()
            }
        }

        impl<T: Source, B: SqlType> From<$type<(T,), B>> for $type<(T,), Option<B>> {
            fn from(expression: $type<(T,), B>) -> Self {
                expression.retyped()
            }
        }

        impl<T: Source> From<$type<(T,), Option<bool>>> for $type<(T,), bool> {
            fn from(expression: $type<(T,), Option<bool>>) -> Self {
                expression.retyped()
            }
        }
    };
}

rescoped!(Expr);
rescoped!(Aggregate);

impl<T, V, K> Column<T, V, K> {
    /// Converts the column to an expression over the tables `F`, a tuple of tables. See
    /// [`Expr::rescope`].
    pub fn rescope<F, W, P>(self) -> Expr<F, W>
    where
        T: Source,
        F: Reads<(T,), P>,
        V: Fits<W>,
    {
        Expr::new(self.into_node())
    }
}

impl<T: Source, V: Fits<W>, W, K> From<Column<T, V, K>> for Expr<(T,), W> {
    fn from(column: Column<T, V, K>) -> Self {
        Expr::new(column.into_node())
    }
}

impl<T: Source, S: OnlyOf<T>, V: Fits<W>, W> From<Aggregate<S, V>> for Expr<(T,), W> {
    fn from(aggregate: Aggregate<S, V>) -> Self {
        Expr::new(aggregate.into_node())
    }
}

impl<S> Order<S> {
    /// Converts the term to a term over the tables `F`, a tuple of tables. See [`Expr::rescope`].
    #[must_use]
    pub fn rescope<F, P>(self) -> Order<F>
    where
        F: Reads<S, P>,
    {
        self.retyped()
    }
}

impl<T: Source, A: OnlyOf<T>, B: OnlyOf<T>> From<Order<Both<A, B>>> for Order<(T,)> {
    fn from(order: Order<Both<A, B>>) -> Self {
        order.retyped()
    }
}

impl<T: Source, A: OnlyOf<T>> From<Order<Guard<A>>> for Order<(T,)> {
    fn from(order: Order<Guard<A>>) -> Self {
        order.retyped()
    }
}
