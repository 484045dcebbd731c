//! What an insert does where the row is there already.

use std::fmt;
use std::marker::PhantomData;

use super::insert::Insert;
use super::insert_clauses::InsertClauses;
use super::insert_many::InsertAll;
use super::insert_select::InsertSelect;
use super::projection::Projects;
use super::returning::{Returned, Returning, ReturningAll, WriteQuery};
use crate::expr::scope::Reads;
use crate::expr::{Column, ColumnRef, Node, Operand, Predicate, Source};
use crate::row::FromRow;
use crate::schema::TableDef;
use crate::table::Table;
use crate::tuple::for_each_tuple;
use crate::types::{Accepts, ColumnType};

/// The row that an insert proposed and that was there already, as a table of the update that
/// follows: `excluded` in SQL.
///
/// [`Column::excluded`] gives its columns.
#[derive(Debug)]
pub struct Excluded<T>(PhantomData<fn() -> T>);

impl<T: Table> Source for Excluded<T> {
    type Row = T;
    const DEFINITION: &'static TableDef = T::TABLE;
    const ALIAS: Option<&'static str> = Some(EXCLUDED);
}

const EXCLUDED: &str = "excluded";

impl<T: Table, V, K> Column<T, V, K> {
    /// The column of the row that an insert proposed, for [`Upsert::set`] and [`Upsert::filter`].
    pub const fn excluded(self) -> Column<Excluded<T>, V, K> {
        Column::new(self.name())
    }
}

/// Columns of the table `T`: one, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "expected columns of `{T}`, not a `{Self}`",
    label = "expected a column of `{T}`, or a tuple of them"
)]
pub trait ColumnsOf<T> {
    /// Appends their names.
    fn append_names(self, to: &mut Vec<&'static str>);
}

#[diagnostic::do_not_recommend]
impl<T, V, K> ColumnsOf<T> for Column<T, V, K> {
    fn append_names(self, to: &mut Vec<&'static str>) {
        to.push(self.name());
    }
}

macro_rules! tuples {
    ($(($name:ident $proof:ident $index:tt))+) => {
        #[diagnostic::do_not_recommend]
        impl<T, $($name: ColumnsOf<T>),+> ColumnsOf<T> for ($($name,)+) {
            fn append_names(self, to: &mut Vec<&'static str>) {
                $(self.$index.append_names(to);)+
            }
        }
    };
}
for_each_tuple!(tuples);

/// An insert: of one row, of many, or of the rows of a query.
pub trait Inserts: Sized {
    /// The table.
    type Table: Table;
    /// The same insert, with what comes back.
    type Returning<O>;

    #[doc(hidden)]
    fn clauses(&mut self) -> Hidden<'_>;

    #[doc(hidden)]
    fn into_returning<O>(self) -> Self::Returning<O>;
}

/// What stands behind the values of an insert.
#[doc(hidden)]
#[derive(Debug)]
pub struct Hidden<'a>(&'a mut InsertClauses);

/// What an insert does where the row is there already, as plain data.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conflict {
    /// The columns that no two rows are equal in; none for any conflict.
    pub(crate) target: Vec<&'static str>,
    /// Which of several partial indexes is meant.
    pub(crate) index: Option<Node>,
    /// What becomes of the row; nothing unless said.
    pub(crate) update: Option<ConflictUpdate>,
}

/// An update of the row that was there already.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConflictUpdate {
    pub(crate) sets: Vec<(&'static str, Node)>,
    pub(crate) filter: Option<Node>,
}

impl<T: Table> Inserts for Insert<T> {
    type Table = T;
    type Returning<O> = Returning<O>;

    fn clauses(&mut self) -> Hidden<'_> {
        Hidden(&mut self.query.clauses)
    }

    fn into_returning<O>(self) -> Returning<O> {
        Returning::new(WriteQuery::Insert(Box::new(self.query)))
    }
}

impl<'a, T: Table> Inserts for InsertAll<'a, T> {
    type Table = T;
    type Returning<O> = ReturningAll<'a, T, O>;

    fn clauses(&mut self) -> Hidden<'_> {
        Hidden(&mut self.clauses)
    }

    fn into_returning<O>(self) -> ReturningAll<'a, T, O> {
        ReturningAll::new(self)
    }
}

impl<T: Table> Inserts for InsertSelect<T> {
    type Table = T;
    type Returning<O> = Returning<O>;

    fn clauses(&mut self) -> Hidden<'_> {
        Hidden(&mut self.query.clauses)
    }

    fn into_returning<O>(self) -> Returning<O> {
        Returning::new(WriteQuery::InsertSelect(self.query))
    }
}

fn returning<S: Inserts, C, P, O: FromRow>(mut insert: S, columns: C) -> S::Returning<O>
where
    S::Table: Projects<C, P, Out = O>,
{
    insert.clauses().0.returned = Returned::columns::<S::Table, C, P>(columns);
    insert.into_returning()
}

fn on_conflict<S: Inserts>(mut insert: S, columns: impl ColumnsOf<S::Table>) -> OnConflict<S> {
    let mut conflict = Conflict::default();
    columns.append_names(&mut conflict.target);
    insert.clauses().0.conflict = Some(Box::new(conflict));
    OnConflict { insert }
}

fn on_any_conflict<S: Inserts>(mut insert: S) -> DoNothing<S> {
    insert.clauses().0.conflict = Some(Box::default());
    DoNothing { insert }
}

impl<T: Table> Insert<T> {
    /// What to do if the row is equal to one that is there in these columns: one, or a tuple.
    ///
    /// The columns are the primary key or unique. A partial unique index is found by its columns
    /// too; see [`OnConflict::filter_index`]. SQLite knows no constraint by its name here, so that
    /// there is nothing to name one by.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct User { #[column(primary_key, auto)] id: i64, #[column(unique)] email: String, name: String, #[column(default = 1)] visits: i64 }
    /// # async fn run(db: Database) -> Result<()> {
    /// let new = || NewUser { email: "dana@example.org".into(), name: "Dana".into(), visits: None };
    /// User::insert(new()).on_conflict(User::EMAIL).do_nothing().execute(&db).await?;
    /// User::insert(new())
    ///     .on_conflict(User::EMAIL)
    ///     .do_update()
    ///     .set_excluded(User::NAME) // as the new row has it
    ///     .set(User::VISITS, User::VISITS + 1)
    ///     .execute(&db)
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_conflict<C: ColumnsOf<T>>(self, columns: C) -> OnConflict<Self> {
        on_conflict(self, columns)
    }

    /// Passes over the row if it is equal to one that is there in whatever is unique.
    pub fn on_conflict_do_nothing(self) -> DoNothing<Self> {
        on_any_conflict(self)
    }

    /// Gives these columns or expressions of the inserted row.
    pub fn returning<C, P, O: FromRow>(self, columns: C) -> Returning<O>
    where
        T: Projects<C, P, Out = O>,
    {
        returning(self, columns)
    }

    /// Inserts the row, or gives the one that is there already: the one that is equal in these
    /// columns.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Obtained, Result, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct Tag { #[column(primary_key, auto)] id: i64, #[column(unique)] word: String }
    /// # async fn run(db: Database) -> Result<()> {
    /// match Tag::insert(NewTag { word: "rust".into() }).or_get(Tag::WORD).one(&db).await? {
    ///     Obtained::Inserted(tag) => println!("{} is new", tag.word),
    ///     Obtained::Existing(tag) => println!("{} was there", tag.word),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn or_get<C: ColumnsOf<T>>(self, columns: C) -> OrGet<T> {
        let OnConflict { insert } = on_conflict(self, columns);
        OrGet { insert }
    }
}

impl<'a, T: Table> InsertAll<'a, T> {
    /// What to do with a row that is equal to one that is there in these columns. See
    /// [`Insert::on_conflict`].
    pub fn on_conflict<C: ColumnsOf<T>>(self, columns: C) -> OnConflict<Self> {
        on_conflict(self, columns)
    }

    /// Passes over rows that are equal to one that is there in whatever is unique.
    pub fn on_conflict_do_nothing(self) -> DoNothing<Self> {
        on_any_conflict(self)
    }

    /// Gives these columns or expressions of the inserted rows.
    pub fn returning<C, P, O: FromRow>(self, columns: C) -> ReturningAll<'a, T, O>
    where
        T: Projects<C, P, Out = O>,
    {
        returning(self, columns)
    }
}

impl<T: Table> InsertSelect<T> {
    /// What to do with a row that is equal to one that is there in these columns. See
    /// [`Insert::on_conflict`].
    pub fn on_conflict<C: ColumnsOf<T>>(self, columns: C) -> OnConflict<Self> {
        on_conflict(self, columns)
    }

    /// Passes over rows that are equal to one that is there in whatever is unique.
    pub fn on_conflict_do_nothing(self) -> DoNothing<Self> {
        on_any_conflict(self)
    }

    /// Gives these columns or expressions of the inserted rows.
    pub fn returning<C, P, O: FromRow>(self, columns: C) -> Returning<O>
    where
        T: Projects<C, P, Out = O>,
    {
        returning(self, columns)
    }
}

/// An insert of which it is still to be said what it does where the row is there already, made by
/// `on_conflict`.
#[must_use = "an insert does nothing until a verb such as `execute` runs it"]
pub struct OnConflict<S> {
    insert: S,
}

impl<S: Inserts> OnConflict<S> {
    /// Which of several partial unique indexes is meant: that with this condition.
    ///
    /// Unless said it is the only unique index that is on the columns. The condition is that of
    /// the index, written in the same way; its values stand in the text, for SQLite compares the
    /// two.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table};
    /// #[derive(Table, Debug)]
    /// # #[table(crate = "aio_runtime")]
    /// #[table(index(email, unique, where = "deleted = 0"))]
    /// struct User {
    ///     #[column(primary_key, auto)]
    ///     id: i64,
    ///     email: String,
    ///     deleted: bool,
    /// }
    /// # async fn run(db: Database) -> Result<()> {
    /// # let new = || NewUser { email: "dana@example.org".into(), deleted: false };
    /// User::insert(new()).on_conflict(User::EMAIL).do_nothing().execute(&db).await?;
    /// User::insert(new())
    ///     .on_conflict(User::EMAIL)
    ///     .filter_index(User::DELETED.eq(false))
    ///     .do_nothing()
    ///     .execute(&db)
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn filter_index<C: Predicate, P>(mut self, condition: C) -> Self
    where
        S::Table: Reads<C::Scope, P>,
    {
        if let Some(conflict) = &mut self.insert.clauses().0.conflict {
            Node::narrow(&mut conflict.index, condition.into_condition());
        }
        self
    }

    /// Leaves the row as it is.
    pub fn do_nothing(self) -> DoNothing<S> {
        DoNothing { insert: self.insert }
    }

    /// Updates the row: say how by [`Upsert::set`] and [`Upsert::set_excluded`].
    pub fn do_update(mut self) -> Upsert<S> {
        if let Some(conflict) = &mut self.insert.clauses().0.conflict {
            conflict.update = Some(ConflictUpdate::default());
        }
        Upsert { insert: self.insert }
    }
}

/// An insert that passes over rows that are there already, made by `do_nothing`.
///
/// `execute` gives the count of the rows that were inserted.
#[must_use = "a statement does nothing until a verb such as `execute` runs it"]
pub struct DoNothing<S> {
    pub(crate) insert: S,
}

/// An insert that updates the rows that are there already, made by `do_update`.
///
/// `one` says whether the row was inserted, updated or left as it was; `execute` gives the count
/// of those that were written.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table, Upserted};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct Price { #[column(primary_key)] item: String, cents: i64 }
/// # async fn run(db: Database) -> Result<()> {
/// let price = Price { item: "tea".into(), cents: 250 };
/// let answer = Price::insert(price)
///     .on_conflict(Price::ITEM)
///     .do_update()
///     .set_excluded(Price::CENTS)
///     .filter(Price::CENTS.lt(Price::CENTS.excluded())) // prices only rise
///     .one(&db)
///     .await?;
/// match answer {
///     Upserted::Inserted(price) => println!("{} is new", price.item),
///     Upserted::Updated(price) => println!("{} now costs {}", price.item, price.cents),
///     Upserted::Left => println!("it is not cheaper than it was"),
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "a statement does nothing until a verb such as `execute` runs it"]
pub struct Upsert<S> {
    pub(crate) insert: S,
}

/// An insert of a row, or else the row that is there already, made by `or_get`.
#[must_use = "a statement does nothing until a verb such as `one` runs it"]
pub struct OrGet<T> {
    pub(crate) insert: Insert<T>,
}

impl<T: Table> OrGet<T> {
    /// Which of several partial indexes on the columns is meant, as [`OnConflict::filter_index`].
    pub fn filter_index<C: Predicate, P>(self, condition: C) -> Self
    where
        T: Reads<C::Scope, P>,
    {
        let OnConflict { insert } = OnConflict { insert: self.insert }.filter_index(condition);
        OrGet { insert }
    }
}

/// Holds for an insert of which it is said what it does where the row is there; `on_conflict`
/// alone does not say so.
#[diagnostic::on_unimplemented(
    message = "it is not said what the insert does where the row is there already",
    label = "say it before this: `.do_nothing()`, or `.do_update()` with `.set_excluded(..)` or `.set(..)`"
)]
pub trait SaysWhatToDo<P> {}

impl<S: Inserts> DoNothing<S> {
    /// Gives these columns or expressions of the rows that were inserted.
    pub fn returning<C, P, O: FromRow>(self, columns: C) -> S::Returning<O>
    where
        S::Table: Projects<C, P, Out = O>,
    {
        returning(self.insert, columns)
    }
}

impl<S: Inserts> Upsert<S> {
    fn update(&mut self, change: impl FnOnce(&mut ConflictUpdate)) {
        if let Some(conflict) = &mut self.insert.clauses().0.conflict {
            change(conflict.update.get_or_insert_default());
        }
    }

    /// Sets a column of the row that is there to a value or an expression.
    ///
    /// Its columns are those of the row as it is; those of the new row are
    /// [`excluded`](Column::excluded).
    pub fn set<V: ColumnType, K, R, P>(mut self, column: Column<S::Table, V, K>, value: R) -> Self
    where
        R: Operand<V::Base>,
        V::Null: Accepts<<R::Value as ColumnType>::Null>,
        (S::Table, Excluded<S::Table>): Reads<R::With<()>, P>,
    {
        self.update(|update| update.sets.push((column.name(), value.into_node())));
        self
    }

    /// Sets columns of the row that is there to what the new row has in them: one, or a tuple.
    pub fn set_excluded<C: ColumnsOf<S::Table>>(mut self, columns: C) -> Self {
        let mut names = Vec::new();
        columns.append_names(&mut names);
        let column = |name| Node::Column(ColumnRef { table: <S::Table as Table>::TABLE, alias: Some(EXCLUDED), name });
        self.update(|update| update.sets.extend(names.into_iter().map(|name| (name, column(name)))));
        self
    }

    /// Updates the row only if the condition holds, else it is left as it is; several calls are
    /// joined by AND.
    pub fn filter<C: Predicate, P>(mut self, condition: C) -> Self
    where
        (S::Table, Excluded<S::Table>): Reads<C::Scope, P>,
    {
        self.update(|update| Node::narrow(&mut update.filter, condition.into_condition()));
        self
    }

    /// Gives these columns or expressions of the rows that were inserted or updated.
    pub fn returning<C, P, O: FromRow>(self, columns: C) -> S::Returning<O>
    where
        S::Table: Projects<C, P, Out = O>,
    {
        returning(self.insert, columns)
    }
}

impl<S: fmt::Debug> fmt::Debug for OnConflict<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.insert.fmt(f)
    }
}

impl<S: fmt::Debug> fmt::Debug for DoNothing<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.insert.fmt(f)
    }
}

impl<S: fmt::Debug> fmt::Debug for Upsert<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.insert.fmt(f)
    }
}

impl<T> fmt::Debug for OrGet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.insert.fmt(f)
    }
}
