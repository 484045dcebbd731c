//! The rows that are related to a single row.

use std::sync::Arc;

use super::relatable::{Relatable, Relates, Rows};
use super::relation_query::compared_all;
use crate::bindings::Bindings;
use crate::expr::{BinaryOp, ColumnRef, Node};
use crate::statement::Select;
use crate::table::Table;
use crate::value::Value;

/// A query for the rows that are related to a single row. If the relation `S` is the table `Post`,
/// the query is a `Select<Post>`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let dana = User::find(1).one(&db).await?;
/// let titles = dana.related(Post).order_by(Post::TITLE).columns(Post::TITLE);
/// assert_eq!(titles.all(&db).await?, ["Hello"]);
/// # db.close().await
/// # }
/// ```
pub type Related<S> = Select<<S as Relatable>::Source, <S as Rows>::Row>;

/// Returns the query for the rows that are related to a single row. The method `related` that the
/// derive generates calls this: `user.related(Post)`.
pub fn related<T: Table + Relates<R, P, Of = S>, R, P, S: Rows>(row: &T, relation: R) -> Related<S> {
    let (relation, _) = T::relate(relation);
    let mut bindings = Bindings::default();
    row.bind(&mut bindings);
    let names: Vec<&str> = T::TABLE.columns.iter().map(|column| column.name).collect();
    let query = match bindings.into_values(T::TABLE, &names) {
        Ok(values) => {
            let own = compared_all(&relation.columns, &relation.collations);
            let equal = |(parent, own): (&ColumnRef, Node)| {
                let index = names.iter().position(|name| *name == parent.name);
                let value = index.and_then(|index| values.get(index).cloned().flatten()).unwrap_or(Value::Null);
                Node::binary(own, BinaryOp::Eq, Node::Value(value, None))
            };
            let condition = Node::logical(BinaryOp::And, relation.parent_columns.iter().zip(own).map(equal).collect());
            relation.rows_where(condition)
        }
        Err(error) => {
            let mut query = relation.query;
            query.body.invalid = Some(Arc::new(error));
            query
        }
    };
    Select::of(query)
}
