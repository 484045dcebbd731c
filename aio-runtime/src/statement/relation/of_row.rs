//! The rows that are related to a single row.

use std::sync::Arc;

use super::branch::compared_all;
use super::relatable::{Relatable, Relates, Rows};
use crate::bindings::Bindings;
use crate::expr::{BinaryOp, ColumnRef, Node};
use crate::statement::Select;
use crate::table::Table;
use crate::value::Value;

/// The query for the rows that are related to a row: of the table `Post` it is a `Select<Post>`.
pub type Related<S> = Select<<S as Relatable>::Source, <S as Rows>::Row>;

/// Returns the query for the rows that are related to a row. The derive calls it:
/// `user.related(Post)`.
pub fn related<T: Table + Relates<R, P, Of = S>, R, P, S: Rows>(row: &T, relation: R) -> Related<S> {
    let (branch, _) = T::relate(relation);
    let mut bindings = Bindings::default();
    row.bind(&mut bindings);
    let names: Vec<&str> = T::TABLE.columns.iter().map(|column| column.name).collect();
    let query = match bindings.into_values(T::TABLE, &names) {
        Ok(values) => {
            let own = compared_all(&branch.own, &branch.collations);
            let equal = |(parent, own): (&ColumnRef, Node)| {
                let place = names.iter().position(|name| *name == parent.name);
                let value = place.and_then(|place| values.get(place).cloned().flatten()).unwrap_or(Value::Null);
                Node::binary(own, BinaryOp::Eq, Node::Value(value, None))
            };
            let condition = Node::logical(BinaryOp::And, branch.parent.iter().zip(own).map(equal).collect());
            branch.rows_where(condition)
        }
        Err(error) => {
            let mut query = branch.query;
            query.body.invalid = Some(Arc::new(error));
            query
        }
    };
    Select::of(query)
}
