//! Table-valued functions.

use std::marker::PhantomData;
use std::sync::Arc;

use super::join::{IntoSource, Joined};
use super::record::NamesColumns;
use super::select::Select;
use super::wrapper::wrapper;
use crate::expr::scope::{HasRoom, Joins, OnlyOf, Reads, Shape, Within};
use crate::expr::{BinaryOp, Call, Column, Expr, Function, JoinKind, Node, Origin, SelectQuery, Source, SourceNode};
use crate::table::TableOf;
use crate::types::{ArrayType, ColumnType, Document};

/// A call of a table-valued function, which queries read like a table. The fields of the struct
/// `T`, which has `#[derive(Record)]`, name the columns that are read. `S` is the set of tables
/// that the argument of the function reads. Made by [`json_each`](Column::json_each) and
/// [`json_tree`](Column::json_tree).
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Json, Record, Result, Table, count, exists, value};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct Post { #[column(primary_key, auto)] id: i64, #[column(json)] tags: Vec<String> }
/// #[derive(Record)]
/// # #[record(crate = "aio_runtime")]
/// struct Tag {
///     value: String,
/// }
///
/// #[derive(Record)]
/// # #[record(crate = "aio_runtime")]
/// struct Wanted {
///     value: i64,
/// }
///
/// # async fn run(db: Database) -> Result<()> {
/// let tags: Vec<(String, i64)> = Post::select()
///     .join_lateral(Post::TAGS.json_each(Tag))
///     .group_by(Tag::VALUE)
///     .columns((Tag::VALUE, count()))
///     .all(&db)
///     .await?;
///
/// let red = exists(Post::TAGS.json_each(Tag).outer::<Post>().filter(Tag::VALUE.eq("red")));
/// let wanted = value(Json(vec![1, 2, 3])).json_each(Wanted);
/// let posts: Vec<(Post, Wanted)> =
///     Post::select().join_on(wanted, Wanted::VALUE.eq(Post::ID)).filter(red).all(&db).await?;
/// # Ok(())
/// # }
/// ```
pub struct TableFunction<T, S> {
    call: Call,
    types: PhantomData<fn() -> (T, S)>,
}

wrapper!(TableFunction<T, S>, call);

impl<T: Source, S> TableFunction<T, S> {
    pub(super) fn of_call(call: Call) -> Self {
        TableFunction { call, types: PhantomData }
    }

    fn new(function: Function, document: Node) -> Self {
        TableFunction { call: Call::new(function, vec![document]), types: PhantomData }
    }

    /// Reads only the part of the document at a path such as `$.address` or `$.tags`. If nothing
    /// is at the path, there are no rows.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        self.call.arguments.truncate(1);
        self.call.arguments.push(Node::json_path(path));
        self
    }

    /// Returns this call under another name, for a query that reads its rows twice. The columns of
    /// `.json_each(Tag).of(Other)` are written like `Tag::VALUE.of::<Other>()`.
    pub fn of<A: Source<Row = T::Row>>(self, _alias: TableOf<A>) -> TableFunction<A, S> {
        TableFunction { call: self.call, types: PhantomData }
    }

    /// Selects all rows of a function that is called with a value:
    /// `value(Json(names)).json_each(Name).select()`. For a function that is called with a column
    /// of a table, see [`join_lateral`](Select::join_lateral) and [`outer`](TableFunction::outer).
    pub fn select<P>(self) -> Select<T, T::Row>
    where
        T: Reads<S, P>,
    {
        Select::of(SelectQuery::of(self.source()))
    }

    /// Selects all rows in a correlated subquery. The function is called with a column of the
    /// table `G` of the surrounding query:
    /// `exists(Post::TAGS.json_each(Tag).outer::<Post>().filter(Tag::VALUE.starts_with("r")))`.
    pub fn outer<G: Source>(self) -> Select<Within<T, G>, T::Row>
    where
        S: OnlyOf<G>,
    {
        let mut query = SelectQuery::of(self.source());
        query.body.correlated = true;
        Select::of(query)
    }

    fn source(self) -> SourceNode {
        SourceNode::new(T::DEFINITION, T::ALIAS, Origin::Function(Arc::new(self.call)))
    }
}

impl<T: Source> IntoSource for TableFunction<T, ()> {
    type Source = T;

    fn into_source(self) -> SourceNode {
        self.source()
    }
}

macro_rules! documents {
    ([$($generics:tt)*] $type:ty, $scope:ty) => {
        impl<$($generics)*> $type
        where
            V::Base: Document,
        {
            /// Returns a table with a row for each element of the JSON array, or for each member
            /// of the JSON object. The fields of the record name the columns that are read: `key`
            /// (the index in the array, or the name in the object), `value` (an array or object as
            /// JSON), `type` (`text`, `integer`, `object`, ...), `atom` (`value`, or NULL for an
            /// array or object), `fullkey` and `path` (such as `$.tags[0]` and `$.tags`).
            pub fn json_each<R: NamesColumns>(self, _record: TableOf<R>) -> TableFunction<R, $scope> {
                TableFunction::new(Function::JsonEach, self.into_node())
            }

            /// Returns a table like [`json_each`](Self::json_each), with a row for the document
            /// itself and for every value nested in it, and with the additional columns `id` and
            /// `parent`.
            pub fn json_tree<R: NamesColumns>(self, _record: TableOf<R>) -> TableFunction<R, $scope> {
                TableFunction::new(Function::JsonTree, self.into_node())
            }
        }
    };
}
documents!([T: Source, V: ColumnType, K] Column<T, V, K>, (T,));
documents!([S, V: ColumnType] Expr<S, V>, S);

macro_rules! arrays {
    ([$($generics:tt)*] $type:ty, $scope:ty) => {
        impl<$($generics)*> $type
        where
            V::Base: ArrayType,
        {
            /// Returns a table with a row for each element of the array, on PostgreSQL. The only
            /// field of the record names the column.
            pub fn unnest<R>(self, _record: TableOf<R>) -> TableFunction<R, $scope>
            where
                R: NamesColumns<Columns = (<V::Base as ArrayType>::Item,)>,
            {
                TableFunction::new(Function::Unnest, self.into_node())
            }
        }
    };
}
arrays!([T: Source, V: ColumnType, K] Column<T, V, K>, (T,));
arrays!([S, V: ColumnType] Expr<S, V>, S);

impl<F: Shape> Select<F, F::Row> {
    /// Joins the rows that a function returns for each row of the query:
    /// `.join_lateral(Post::TAGS.json_each(Tag))`. A row of the query for which the function
    /// returns no rows is left out.
    pub fn join_lateral<T: Source, S, P>(self, function: TableFunction<T, S>) -> Joined<F::Inner>
    where
        F: Joins<T, Room: HasRoom> + Reads<S, P>,
    {
        self.joined(JoinKind::Inner, function.source(), always())
    }

    /// Joins the rows that a function returns for each row of the query. A row of the query for
    /// which the function returns no rows is joined with `None`.
    pub fn left_join_lateral<T: Source, S, P>(self, function: TableFunction<T, S>) -> Joined<F::Left>
    where
        F: Joins<T, Room: HasRoom> + Reads<S, P>,
    {
        self.joined(JoinKind::Left, function.source(), always())
    }
}

/// Returns a join condition that always holds. It is written as `ON TRUE`, because not every
/// database accepts such a join without a condition.
fn always() -> Option<Node> {
    Some(Node::logical(BinaryOp::And, Vec::new()))
}
