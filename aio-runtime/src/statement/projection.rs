//! What a query selects.

use crate::expr::scope::{Contains, Proof, Within};
use crate::expr::{Column, Expr, Node};
use crate::row::FromRow;
use crate::table::{Source, TableOf};
use crate::types::{ColumnType, Nullness};

/// A column, an expression, a table, or a tuple of them, selected by a query over `F`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not something that this query can select",
    label = "expected a column, an expression, or a tuple of them"
)]
pub trait Projection<F, P> {
    /// What comes back for each row.
    type Out: FromRow;

    /// Appends the expressions.
    fn append_to(self, nodes: &mut Vec<Node>);
}

impl<F: Contains<T, P>, T: Source, V: ColumnType, K, P: Proof> Projection<F, P> for Column<T, V, K> {
    type Out = <<V::Null as Nullness>::Or<P::Null> as Nullness>::Of<V::Base>;

    fn append_to(self, nodes: &mut Vec<Node>) {
        nodes.push(self.into_node());
    }
}

impl<F, S: Within<F, P>, V: ColumnType, P: Proof> Projection<F, P> for Expr<S, V> {
    type Out = <<V::Null as Nullness>::Or<P::Null> as Nullness>::Of<V::Base>;

    fn append_to(self, nodes: &mut Vec<Node>) {
        nodes.push(self.into_node());
    }
}

impl<F: Contains<T, P>, T: Source, P: Proof> Projection<F, (P,)> for TableOf<T> {
    type Out = T::Row;

    fn append_to(self, nodes: &mut Vec<Node>) {
        let table = T::DEFINITION;
        nodes.extend(
            table
                .columns
                .iter()
                .map(|column| Node::Column(crate::expr::ColumnRef { table, alias: T::ALIAS, name: column.name })),
        );
    }
}

macro_rules! tuples {
    ($(($name:ident $proof:ident $index:tt))+) => {
        impl<Z, $($name: Projection<Z, $proof>, $proof),+> Projection<Z, ($($proof,)+)> for ($($name,)+) {
            type Out = ($($name::Out,)+);

            fn append_to(self, nodes: &mut Vec<Node>) {
                $(self.$index.append_to(nodes);)+
            }
        }
    };
}
crate::tuple::for_each_tuple!(tuples);
