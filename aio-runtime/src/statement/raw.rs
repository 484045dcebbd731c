//! Raw SQL: text with bound values.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::time::Duration;

use super::wrapper::timeout;
use crate::expr::{Column, Expr, Form, Node, Piece, RawNode, Source};
use crate::table::{Table, TableOf};
use crate::types::{ColumnType, ListItem, SqlType, Type};
use crate::value::{Unstorable, Value};

/// A raw statement: SQL text with bound values, made by [`sql!`](crate::sql!) or [`query`].
///
/// ```
/// # use aio_runtime::{Database, Result, sql};
/// # async fn run(db: Database) -> Result<()> {
/// let (name, min_karma) = ("Dana", 5);
/// let ids: Vec<i64> =
///     sql!("select id from users where name = {name} and karma > {min_karma}").all(&db).await?;
/// # Ok(())
/// # }
/// ```
///
/// The rows of a raw statement can be read as tuples, column types or [`Row`](crate::Row)s, and,
/// by the names of the columns, as a [`Table`] or a [`Record`](crate::Record).
#[derive(Clone, Debug)]
#[must_use = "a statement does nothing until a verb such as `all` runs it"]
pub struct Sql {
    raw: RawNode,
    timeout: Option<Duration>,
}

/// Creates a raw statement from text that is built at run time. For each value the text has a
/// placeholder of the database: `?` with SQLite, `$1`, `$2` and so on with PostgreSQL.
///
/// ```
/// # use aio_runtime::{Database, Result, query};
/// # async fn run(db: Database, descending: bool) -> Result<()> {
/// let direction = if descending { "desc" } else { "asc" };
/// let text = format!("select name from users where id > ? order by name {direction}");
/// let names: Vec<String> = query(text).bind(5).all(&db).await?;
/// # Ok(())
/// # }
/// ```
///
/// Never write a value into the text itself, because that allows SQL injection. For a literal
/// text, [`sql!`](crate::sql!) is shorter.
pub fn query(text: impl Into<String>) -> Sql {
    Sql::new(Cow::Owned(text.into()))
}

impl Sql {
    fn new(text: Cow<'static, str>) -> Sql {
        Sql { raw: RawNode { pieces: vec![Piece::Text(text)], ..RawNode::default() }, timeout: None }
    }

    /// Creates a raw statement from a literal. Called by the code that [`sql!`](crate::sql!)
    /// writes.
    #[doc(hidden)]
    pub fn literal(text: &'static str) -> Sql {
        Sql::new(Cow::Borrowed(text))
    }

    /// Appends more text. Called by the code that [`sql!`](crate::sql!) generates.
    #[doc(hidden)]
    pub fn text(mut self, text: &'static str) -> Sql {
        self.raw.pieces.push(Piece::Text(Cow::Borrowed(text)));
        self
    }

    /// Appends an argument. Called by the code that [`sql!`](crate::sql!) generates.
    #[doc(hidden)]
    pub fn argument<M, A: Argument<M> + ?Sized>(mut self, argument: &A) -> Sql {
        argument.append_to(&mut self);
        self
    }

    /// Binds a value to the next placeholder of the text, `?` or `$1`.
    pub fn bind<M, A: Argument<M>>(mut self, value: A) -> Sql {
        let before = self.raw.pieces.len();
        value.append_to(&mut self);
        for piece in self.raw.pieces.split_off(before) {
            match piece {
                Piece::Value(value, form) => self.raw.bound.push((value, form)),
                _ => self.refuse(Unstorable::new("only single values can be bound: use `sql!` for a list or a name")),
            }
        }
        self
    }

    timeout!(timeout);

    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.timeout
    }

    pub(crate) fn raw(&self) -> &RawNode {
        &self.raw
    }

    /// Uses the text as an expression of type `V` in a typed statement. The library does not check
    /// which tables the text reads. If the statement reads several tables, columns in braces are
    /// written with the names of their tables.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table, sql};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct User { #[column(primary_key, auto)] id: i64, name: String }
    /// # async fn run(db: Database) -> Result<()> {
    /// let letters = "*[^A-Za-z ]*";
    /// let unusual = sql!("{User::NAME} glob {letters}").expr::<bool>();
    /// let users: Vec<User> = User::select().filter(User::ID.gt(10).and(unusual)).all(&db).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn expr<V: ColumnType>(mut self) -> Expr<(), V> {
        self.raw.read_scale = V::Base::SCALE;
        Expr::new(self.into_node())
    }

    pub(super) fn into_node(self) -> Node {
        Node::Raw(Box::new(self.raw))
    }

    fn push_value(&mut self, value: Result<Value, Unstorable>, form: Form) {
        match value.and_then(Value::storable) {
            Ok(value) => self.raw.pieces.push(Piece::Value(value, form)),
            Err(reason) => self.refuse(reason),
        }
    }

    fn refuse(&mut self, reason: Unstorable) {
        self.raw.invalid.get_or_insert(reason);
    }
}

/// A type that can be used in the braces of [`sql!`](crate::sql!): a value, a list of values, a
/// column, a table, or other raw SQL.
///
/// `M` says which of these the type is, and is inferred by the compiler.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::sql;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let (name, ids) = ("Dana", vec![1, 2, 3]); // a value, and a list
/// // A table, a column, and the two arguments.
/// let karma = sql!("select karma from {User} where {User::NAME} = {name} and id in ({ids})");
/// let karma: i64 = karma.scalar(&db).await?;
/// assert_eq!(karma, 7);
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be an argument of a statement",
    label = "expected a value that can be stored, a list of them, a column, a table or raw SQL",
    note = "an enum or a newtype can be stored with `#[derive(SqlType)]`"
)]
pub trait Argument<M> {
    /// Appends the argument to a statement.
    fn append_to(&self, sql: &mut Sql);
}

/// Says that an argument is a value.
#[derive(Debug)]
pub enum AsValue {}

/// Says that an argument is a list of values.
#[derive(Debug)]
pub enum AsList {}

/// Says that an argument is a table or a column, whose name is written.
#[derive(Debug)]
pub enum AsName {}

/// Says that an argument is raw SQL.
#[derive(Debug)]
pub enum AsSql {}

/// Says that an argument is a reference to an argument of the kind `M`.
#[derive(Debug)]
pub struct AsRef<M>(PhantomData<M>);

#[diagnostic::do_not_recommend]
impl<B: SqlType> Argument<AsValue> for B {
    fn append_to(&self, sql: &mut Sql) {
        sql.push_value(self.to_value(), Form::of::<B>());
    }
}

#[diagnostic::do_not_recommend]
impl<B: SqlType> Argument<AsValue> for Option<B> {
    fn append_to(&self, sql: &mut Sql) {
        sql.push_value(self.as_ref().map_or(Ok(Value::Null), SqlType::to_value), Form::of::<B>());
    }
}

#[diagnostic::do_not_recommend]
impl Argument<AsValue> for str {
    fn append_to(&self, sql: &mut Sql) {
        sql.push_value(Ok(Value::Text(self.to_owned())), Form::Other);
    }
}

#[diagnostic::do_not_recommend]
impl Argument<AsValue> for Option<&str> {
    fn append_to(&self, sql: &mut Sql) {
        sql.push_value(Ok(self.map_or(Value::Null, |text| Value::Text(text.to_owned()))), Form::Other);
    }
}

#[diagnostic::do_not_recommend]
impl Argument<AsValue> for [u8] {
    fn append_to(&self, sql: &mut Sql) {
        sql.push_value(Ok(Value::Blob(self.to_vec())), Form::Other);
    }
}

#[diagnostic::do_not_recommend]
impl<M, A: Argument<M> + ?Sized> Argument<AsRef<M>> for &A {
    fn append_to(&self, sql: &mut Sql) {
        (**self).append_to(sql);
    }
}

#[diagnostic::do_not_recommend]
impl<T: Table> Argument<AsName> for TableOf<T> {
    fn append_to(&self, sql: &mut Sql) {
        sql.raw.pieces.push(Piece::Table(T::TABLE));
    }
}

#[diagnostic::do_not_recommend]
impl<T: Source, V: ColumnType, K> Argument<AsName> for Column<T, V, K> {
    fn append_to(&self, sql: &mut Sql) {
        sql.raw.pieces.push(Piece::Column(self.column_ref(), V::Base::SCALE));
    }
}

#[diagnostic::do_not_recommend]
impl Argument<AsSql> for Sql {
    fn append_to(&self, sql: &mut Sql) {
        if !self.raw.bound.is_empty() {
            sql.refuse(Unstorable::new(
                "raw SQL in the braces of `sql!` has its values in braces, too: use `sql!` in place of `query` and `bind`",
            ));
        }
        if let Some(reason) = &self.raw.invalid {
            sql.refuse(reason.clone());
        }
        sql.raw.pieces.extend(self.raw.pieces.iter().cloned());
    }
}

macro_rules! lists {
    ($([$($generics:tt)*] $list:ty, $item:ident => $value:expr, $form:expr, $ty:expr;)+) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Argument<AsList> for $list {
            fn append_to(&self, sql: &mut Sql) {
                match self.iter().map(|$item| $value).collect() {
                    Ok(values) => sql.raw.pieces.push(Piece::List(values, $form, $ty)),
                    Err(reason) => sql.refuse(reason),
                }
            }
        }
    )+ };
}

lists! {
    [I: ListItem] Vec<I>, item => item.to_value().and_then(Value::storable), Form::of::<I>(), I::TYPE;
    [I: ListItem] [I], item => item.to_value().and_then(Value::storable), Form::of::<I>(), I::TYPE;
    [I: ListItem, const N: usize] [I; N], item => item.to_value().and_then(Value::storable), Form::of::<I>(), I::TYPE;
    [] Vec<&str>, item => Ok(Value::Text((*item).to_owned())), Form::Other, Type::Text;
    [] [&str], item => Ok(Value::Text((*item).to_owned())), Form::Other, Type::Text;
    [const N: usize] [&str; N], item => Ok(Value::Text((*item).to_owned())), Form::Other, Type::Text;
}
