//! What a query can select, as traits.

use crate::expr::scope::{PartOf, Place, Proof, Reads};
use crate::expr::{Aggregate, Column, ColumnRef, Expr, Selection, Source};
use crate::row::FromRow;
use crate::table::TableOf;
use crate::types::{ColumnType, Nullness};

/// A type that can be selected: a column, an expression, an aggregate, a table, or a tuple of at
/// most sixteen of these.
///
/// The elements of a tuple, and whether the query reads the tables, are checked by [`Projects`].
/// For any other type, the compiler reports only this trait, because the bound on `Projects` names
/// `Checked` in place of the type.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::count;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let rows: Vec<(User, i64)> =
///     User::select().order_by(User::ID).columns((User, User::KARMA * 2)).all(&db).await?;
/// assert_eq!(rows[0].1, 14);
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "a query cannot select a `{Self}`",
    label = "expected a column, an expression, or a tuple of at most sixteen of them"
)]
pub trait Selectable {
    /// Always `Self`. Used in place of the type in the bound on [`Projects`].
    type Checked;
}

#[diagnostic::do_not_recommend]
impl<T, V, K> Selectable for Column<T, V, K> {
    type Checked = Self;
}

#[diagnostic::do_not_recommend]
impl<S, V> Selectable for Expr<S, V> {
    type Checked = Self;
}

#[diagnostic::do_not_recommend]
impl<S, V> Selectable for Aggregate<S, V> {
    type Checked = Self;
}

#[diagnostic::do_not_recommend]
impl<T> Selectable for TableOf<T> {
    type Checked = Self;
}

/// Implemented if a query over `Self` can select `C`: a column, an expression, a table, or a tuple
/// of these.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a query cannot select a `{C}`",
    label = "expected a column, an expression, or a tuple of at most sixteen of them"
)]
pub trait Projects<C, P> {
    /// The type of each row that the query then returns.
    type Out: FromRow;

    /// Appends the selected expressions to `to`.
    fn append_columns(columns: C, to: &mut Selection);
}

impl<F, T: Source, V: ColumnType, K, P: Proof> Projects<Column<T, V, K>, P> for F
where
    T: PartOf<F, P>,
{
    type Out = <<V::Null as Nullness>::Or<P::Null> as Nullness>::Of<V::Base>;

    fn append_columns(column: Column<T, V, K>, to: &mut Selection) {
        to.push(column.into_node());
    }
}

impl<F: Reads<S, P>, S, V: ColumnType, P: Proof> Projects<Expr<S, V>, P> for F {
    type Out = <<V::Null as Nullness>::Or<P::Null> as Nullness>::Of<V::Base>;

    fn append_columns(expression: Expr<S, V>, to: &mut Selection) {
        to.push(expression.into_node());
    }
}

impl<F: Reads<S, P>, S, V: ColumnType, P: Proof> Projects<Aggregate<S, V>, P> for F {
    type Out = <<V::Null as Nullness>::Or<P::Null> as Nullness>::Of<V::Base>;

    fn append_columns(aggregate: Aggregate<S, V>, to: &mut Selection) {
        to.push(aggregate.into_node());
    }
}

impl<F, T: Source, P: Place> Projects<TableOf<T>, P> for F
where
    T: PartOf<F, P>,
{
    type Out = P::Row<T::Row>;

    fn append_columns(_: TableOf<T>, to: &mut Selection) {
        let table = T::DEFINITION;
        let column = |name| ColumnRef { table, alias: T::ALIAS, name };
        to.push_table(table.columns.iter().map(|definition| column(definition.name)));
    }
}

macro_rules! tuples {
    ($(($name:ident $proof:ident $index:tt))+) => {
        #[diagnostic::do_not_recommend]
        impl<$($name),+> Selectable for ($($name,)+) {
            type Checked = Self;
        }

        impl<Z: $(Projects<$name, $proof> +)+, $($name, $proof),+> Projects<($($name,)+), ($($proof,)+)> for Z {
            type Out = ($(<Z as Projects<$name, $proof>>::Out,)+);

            fn append_columns(columns: ($($name,)+), to: &mut Selection) {
                to.push_tuple(|to| {
                    $(<Z as Projects<$name, $proof>>::append_columns(columns.$index, to);)+
                });
            }
        }
    };
}
crate::tuple::for_each_tuple!(tuples);
