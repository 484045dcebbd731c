//! What is related to a row in hand.

use std::marker::PhantomData;
use std::sync::Arc;

use super::super::join::compared;
use super::relatable::{Relatable, Relates, Rows};
use crate::bindings::Bindings;
use crate::expr::{BinaryOp, Node};
use crate::statement::Select;
use crate::table::Table;
use crate::value::Value;

/// The query for the rows that are related to one: of the table `Post` it is a `Select<Post>`.
pub type Related<S> = Select<<S as Relatable>::Source, <S as Rows>::Row>;

/// The rows that are related to a row. The derive calls it: `user.related(Post)`.
pub fn related<T: Table + Relates<R, P, Of = S>, R, P, S: Rows>(row: &T, relation: R) -> Related<S> {
    let (branch, _) = T::relate(relation);
    let mut bindings = Bindings::default();
    row.bind(&mut bindings);
    let names: Vec<&str> = T::TABLE.columns.iter().map(|column| column.name).collect();
    let mut query = branch.query;
    match bindings.into_values(T::TABLE, &names) {
        Ok(values) => {
            for ((parent, own), collation) in branch.parent.iter().zip(&branch.own).zip(&branch.collations) {
                let place = names.iter().position(|name| *name == parent.name);
                let value = place.and_then(|place| values.get(place).cloned().flatten()).unwrap_or(Value::Null);
                query.filter(Node::binary(compared(*own, *collation), BinaryOp::Eq, Node::Value(value)));
            }
        }
        Err(error) => query.invalid = Some(Arc::new(error)),
    }
    Select { query: Box::new(query), types: PhantomData }
}
