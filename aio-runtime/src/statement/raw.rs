//! SQL as text, with its values beside it.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::time::Duration;

use crate::error::Unstorable;
use crate::expr::Column;
use crate::schema::TableDef;
use crate::table::{Source, Table, TableOf};
use crate::types::{ListItem, SqlType};
use crate::value::Value;

/// A statement as text, made by [`sql!`](crate::sql!) or [`query`].
///
/// The rows can be read into tuples, column types, a [`Row`](crate::Row), and by the names of the columns into a
/// [`Table`] or a [`Record`](crate::Record).
#[derive(Clone, Debug)]
#[must_use = "a statement does nothing until a verb such as `all` runs it"]
pub struct Sql {
    pieces: Vec<Piece>,
    /// The values of `?` in text that was made at run time.
    bound: Vec<Value>,
    /// The first argument that cannot be used.
    invalid: Option<Unstorable>,
    timeout: Option<Duration>,
}

/// A piece of a statement's text.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Text(Cow<'static, str>),
    Value(Value),
    List(Vec<Value>),
    Table(&'static TableDef),
    Column(&'static str),
}

/// A statement whose text is made at run time, with `?` for each value:
///
/// ```
/// # use aio_runtime::{Database, Result, query};
/// # async fn run(db: Database, descending: bool) -> Result<()> {
/// let text = format!("select name from users where id > ? order by name {}", if descending { "desc" } else { "asc" });
/// let names: Vec<String> = query(text).bind(5).all(&db).await?;
/// # Ok(())
/// # }
/// ```
///
/// Never put a value into the text itself; where the text is a literal, [`sql!`](crate::sql!) is shorter.
pub fn query(text: impl Into<String>) -> Sql {
    Sql { pieces: vec![Piece::Text(Cow::Owned(text.into()))], bound: Vec::new(), invalid: None, timeout: None }
}

impl Sql {
    /// A statement from a literal. Written by [`sql!`](crate::sql!).
    #[doc(hidden)]
    pub fn literal(text: &'static str) -> Sql {
        Sql { pieces: vec![Piece::Text(Cow::Borrowed(text))], bound: Vec::new(), invalid: None, timeout: None }
    }

    /// The same with more text behind. Written by [`sql!`](crate::sql!).
    #[doc(hidden)]
    pub fn text(mut self, text: &'static str) -> Sql {
        self.pieces.push(Piece::Text(Cow::Borrowed(text)));
        self
    }

    /// The same with an argument behind. Written by [`sql!`](crate::sql!).
    #[doc(hidden)]
    pub fn argument<M, A: Argument<M> + ?Sized>(mut self, argument: &A) -> Sql {
        argument.append_to(&mut self);
        self
    }

    /// The same with the value of the next `?`.
    pub fn bind<M, A: Argument<M>>(mut self, value: A) -> Sql {
        let before = self.pieces.len();
        value.append_to(&mut self);
        for piece in self.pieces.split_off(before) {
            match piece {
                Piece::Value(value) => self.bound.push(value),
                _ => self
                    .refuse(Unstorable::new("only single values can be bound to `?`: use `sql!` for a list or a name")),
            }
        }
        self
    }

    /// How long the statement may take, its waiting included; what takes longer fails with
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout), and has written nothing. Unless said it is what the
    /// [database](crate::Builder::timeout) says.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.timeout
    }

    pub(crate) fn parts(&self) -> (&[Piece], &[Value], Option<&Unstorable>) {
        (&self.pieces, &self.bound, self.invalid.as_ref())
    }

    fn push_value(&mut self, value: Result<Value, Unstorable>) {
        match value {
            Ok(value) => self.pieces.push(Piece::Value(value)),
            Err(reason) => self.refuse(reason),
        }
    }

    fn refuse(&mut self, reason: Unstorable) {
        self.invalid.get_or_insert(reason);
    }
}

/// What can stand in the braces of [`sql!`](crate::sql!): a value, a list of values, a column, a table.
///
/// `M` says which of them it is, and is inferred.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be an argument of a statement",
    label = "expected a value that can be stored, a list of them, a column or a table",
    note = "an enum or a newtype can be stored with `#[derive(SqlType)]`"
)]
pub trait Argument<M> {
    /// Appends it to a statement.
    fn append_to(&self, sql: &mut Sql);
}

/// An argument that is a value.
#[derive(Debug)]
pub enum AsValue {}

/// An argument that is a list of values.
#[derive(Debug)]
pub enum AsList {}

/// An argument that is the name of a table or column.
#[derive(Debug)]
pub enum AsName {}

/// A reference to an argument.
#[derive(Debug)]
pub struct AsRef<M>(PhantomData<M>);

#[diagnostic::do_not_recommend]
impl<B: SqlType> Argument<AsValue> for B {
    fn append_to(&self, sql: &mut Sql) {
        sql.push_value(self.to_value());
    }
}

#[diagnostic::do_not_recommend]
impl<B: SqlType> Argument<AsValue> for Option<B> {
    fn append_to(&self, sql: &mut Sql) {
        sql.push_value(self.as_ref().map_or(Ok(Value::Null), SqlType::to_value));
    }
}

#[diagnostic::do_not_recommend]
impl Argument<AsValue> for str {
    fn append_to(&self, sql: &mut Sql) {
        sql.push_value(Ok(Value::Text(self.to_owned())));
    }
}

#[diagnostic::do_not_recommend]
impl Argument<AsValue> for Option<&str> {
    fn append_to(&self, sql: &mut Sql) {
        sql.push_value(Ok(self.map_or(Value::Null, |text| Value::Text(text.to_owned()))));
    }
}

#[diagnostic::do_not_recommend]
impl Argument<AsValue> for [u8] {
    fn append_to(&self, sql: &mut Sql) {
        sql.push_value(Ok(Value::Blob(self.to_vec())));
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
        sql.pieces.push(Piece::Table(T::TABLE));
    }
}

#[diagnostic::do_not_recommend]
impl<T: Source, V, K> Argument<AsName> for Column<T, V, K> {
    fn append_to(&self, sql: &mut Sql) {
        sql.pieces.push(Piece::Column(self.name()));
    }
}

macro_rules! lists {
    ($([$($generics:tt)*] $list:ty, $item:ident => $value:expr;)+) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Argument<AsList> for $list {
            fn append_to(&self, sql: &mut Sql) {
                match self.iter().map(|$item| $value).collect() {
                    Ok(values) => sql.pieces.push(Piece::List(values)),
                    Err(reason) => sql.refuse(reason),
                }
            }
        }
    )+ };
}

lists! {
    [I: ListItem] Vec<I>, item => item.to_value();
    [I: ListItem] [I], item => item.to_value();
    [I: ListItem, const N: usize] [I; N], item => item.to_value();
    [] Vec<&str>, item => Ok(Value::Text((*item).to_owned()));
    [] [&str], item => Ok(Value::Text((*item).to_owned()));
    [const N: usize] [&str; N], item => Ok(Value::Text((*item).to_owned()));
}
