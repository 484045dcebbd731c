//! Full-text search: the methods and functions of PostgreSQL, and `matches`, which SQLite has,
//! too.

use super::aggregate::Aggregate;
use super::child::Child;
use super::column::{Column, Expr};
use super::function::{Function, TsQueryKind};
use super::node::{Node, TextMatch};
use super::operand::{Nulls, Operand};
use super::source::Source;
use crate::types::{ColumnType, FullText, SqlType, Textual, TsQuery, TsVector, TsWeight, Type};

/// Returns a query of PostgreSQL's full-text search from what a user has typed, in the syntax of
/// web search engines: words that all must occur, `"a phrase"`, `or`, and `-` before what must not
/// occur. Any text is a query. The configuration, such as `english` or `simple`, says which words
/// mean the same.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Dialect, Result, Table, websearch_to_tsquery};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct Note { #[column(primary_key, auto)] id: i64, text: String }
/// # fn main() -> Result<()> {
/// let query = websearch_to_tsquery("english", "\"green tea\" or coffee -milk");
/// let found = Note::select().filter(Note::TEXT.to_tsvector("english").matches(query));
/// found.to_sql(Dialect::Postgres)?;
/// # Ok(())
/// # }
/// ```
pub fn websearch_to_tsquery(config: &str, text: impl Into<String>) -> Expr<(), TsQuery> {
    ts_query(TsQueryKind::Websearch, config, text.into())
}

/// Returns a query of PostgreSQL's full-text search for texts that have all of these words, in any
/// order. Any text is a query; what is no word in it does not count.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Dialect, Result, Table, plainto_tsquery};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct Note { #[column(primary_key, auto)] id: i64, text: String }
/// # fn main() -> Result<()> {
/// let query = plainto_tsquery("english", "green tea");
/// Note::select()
///     .filter(Note::TEXT.to_tsvector("english").matches(query))
///     .to_sql(Dialect::Postgres)?;
/// # Ok(())
/// # }
/// ```
pub fn plainto_tsquery(config: &str, text: impl Into<String>) -> Expr<(), TsQuery> {
    ts_query(TsQueryKind::Plain, config, text.into())
}

/// Returns a query of PostgreSQL's full-text search for texts that have these words one after the
/// other. Any text is a query.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Dialect, Result, Table, phraseto_tsquery};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct Note { #[column(primary_key, auto)] id: i64, text: String }
/// # fn main() -> Result<()> {
/// let query = phraseto_tsquery("english", "a cup of tea");
/// Note::select()
///     .filter(Note::TEXT.to_tsvector("english").matches(query))
///     .to_sql(Dialect::Postgres)?;
/// # Ok(())
/// # }
/// ```
pub fn phraseto_tsquery(config: &str, text: impl Into<String>) -> Expr<(), TsQuery> {
    ts_query(TsQueryKind::Phrase, config, text.into())
}

/// Returns a query of PostgreSQL's full-text search in the syntax of `tsquery`: words that are
/// combined by `&`, `|`, `!`, `<->` and parentheses, where `te:*` stands for words that begin with
/// `te`. A text with an error in this syntax makes the statement fail, so that what a user has
/// typed belongs in [`websearch_to_tsquery`].
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Dialect, Result, Table, to_tsquery};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct Note { #[column(primary_key, auto)] id: i64, text: String }
/// # fn main() -> Result<()> {
/// let query = to_tsquery("english", "green & te:* & !coffee");
/// Note::select()
///     .filter(Note::TEXT.to_tsvector("english").matches(query))
///     .to_sql(Dialect::Postgres)?;
/// # Ok(())
/// # }
/// ```
pub fn to_tsquery(config: &str, text: impl Into<String>) -> Expr<(), TsQuery> {
    ts_query(TsQueryKind::Operators, config, text.into())
}

fn ts_query(kind: TsQueryKind, config: &str, text: String) -> Expr<(), TsQuery> {
    Expr::new(Node::call(Function::TsQuery(kind), vec![Node::value(config.to_owned()), Node::value(text)]))
}

/// Returns the condition that a value of type `V` matches a query.
fn matched<V: SqlType>(searched: Node, query: Node) -> Node {
    match V::TYPE {
        Type::TsVector => Node::call(Function::TsMatches, vec![searched, query]),
        _ => Node::Match(Child::boxed(searched), TextMatch::FullText, Child::boxed(query)),
    }
}

macro_rules! text_search {
    ([$($generics:tt)*] $type:ty, $scope:ty) => {
        impl<$($generics)*> $type {
            /// Returns whether a [`TsVector`] of PostgreSQL matches a query, which
            /// [`websearch_to_tsquery`] and its like return. An index of the kind GIN on the
            /// column is used.
            ///
            /// With SQLite, returns whether the row matches a full-text query, with the operator
            /// `MATCH` of SQLite's [FTS5](https://sqlite.org/fts5.html). The column has to belong
            /// to an FTS5 table. Such a table has a further column with the name of the table,
            /// which stands for all columns. The condition must be the whole filter, or be
            /// combined with other conditions only by `and`: SQLite rejects MATCH inside `not` and
            /// `or`.
            ///
            /// ```
            /// # use aio_runtime as aio_sql;
            /// # use aio_sql::{Database, Result, Table};
            /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
            /// # struct Note { #[column(primary_key, auto)] id: i64, text: String }
            /// // create virtual table note_search using fts5(text)
            /// #[derive(Table, Debug)]
            /// # #[table(crate = "aio_runtime")]
            /// struct NoteSearch {
            ///     #[column(primary_key)]
            ///     rowid: i64,
            ///     #[column(name = "note_search")]
            ///     all_columns: String,
            /// }
            /// # async fn run(db: Database) -> Result<()> {
            /// let found = NoteSearch::select()
            ///     .filter(NoteSearch::ALL_COLUMNS.matches("milk OR bre*"))
            ///     .columns(NoteSearch::ROWID);
            /// let notes = Note::select().filter(Note::ID.is_in(found)).all(&db).await?;
            /// # Ok(())
            /// # }
            /// ```
            ///
            /// # Errors
            /// The statement fails with
            /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if the query of FTS5
            /// has an error in its syntax, and with
            /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) where the database has no
            /// such search.
            pub fn matches<R: Operand<<V::Base as FullText>::Query>>(
                self,
                query: R,
            ) -> Expr<R::With<$scope>, Nulls<V, R::Value, bool>>
            where
                V::Base: FullText,
            {
                Expr::new(matched::<V::Base>(self.into_node(), query.into_node()))
            }

            /// Returns the text prepared for full-text search, on PostgreSQL. A search by it reads
            /// all rows, unless an index or a generated column has the same expression.
            pub fn to_tsvector(self, config: &str) -> Expr<$scope, Nulls<V, V, TsVector>>
            where
                V::Base: Textual,
            {
                let arguments = vec![Node::value(config.to_owned()), self.into_node()];
                Expr::new(Node::call(Function::TsVector, arguments))
            }

            /// Returns parts of the text around the words of a query, with `<b>` and `</b>` around
            /// these words, on PostgreSQL. The text itself is not escaped, so that text from users
            /// must not be shown as HTML without further ado. The server reads the whole text, so
            /// call it for the rows that are shown, not for all that are found.
            pub fn ts_headline<R: Operand<TsQuery>>(
                self,
                config: &str,
                query: R,
            ) -> Expr<R::With<$scope>, Nulls<V, R::Value, String>>
            where
                V::Base: Textual,
            {
                let arguments = vec![Node::value(config.to_owned()), self.into_node(), query.into_node()];
                Expr::new(Node::call(Function::TsHeadline, arguments))
            }

            /// Returns how well the text matches a query, by how often its words occur and by
            /// their weights, on PostgreSQL. Sort by it in descending order.
            pub fn ts_rank<R: Operand<TsQuery>>(
                self,
                query: R,
            ) -> Expr<R::With<$scope>, Nulls<V, R::Value, f64>>
            where
                V: ColumnType<Base = TsVector>,
            {
                Expr::new(Node::call(Function::TsRank, vec![self.into_node(), query.into_node()]))
            }

            /// Returns how well the text matches a query like [`ts_rank`](Column::ts_rank), and
            /// counts words more that are near each other.
            pub fn ts_rank_cd<R: Operand<TsQuery>>(
                self,
                query: R,
            ) -> Expr<R::With<$scope>, Nulls<V, R::Value, f64>>
            where
                V: ColumnType<Base = TsVector>,
            {
                Expr::new(Node::call(Function::TsRankCd, vec![self.into_node(), query.into_node()]))
            }

            /// Gives all words this weight, on PostgreSQL.
            pub fn set_weight(self, weight: TsWeight) -> Expr<$scope, V>
            where
                V: ColumnType<Base = TsVector>,
            {
                Expr::new(Node::call(Function::TsWeight(weight), vec![self.into_node()]))
            }

            /// Returns the words of both texts, those of `other` behind those of the first, on
            /// PostgreSQL.
            pub fn ts_concat<R: Operand<TsVector>>(
                self,
                other: R,
            ) -> Expr<R::With<$scope>, Nulls<V, R::Value, TsVector>>
            where
                V: ColumnType<Base = TsVector>,
            {
                Expr::new(Node::call(Function::TsConcat, vec![self.into_node(), other.into_node()]))
            }
        }
    };
}

text_search!([T: Source, V: ColumnType, K] Column<T, V, K>, (T,));
text_search!([S, V: ColumnType] Expr<S, V>, S);
text_search!([S, V: ColumnType] Aggregate<S, V>, S);
