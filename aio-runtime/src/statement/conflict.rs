//! The clause `ON CONFLICT` of inserts: what happens if a row already exists.

use std::fmt;

use super::columns_of::ColumnsOf;
use super::excluded::{EXCLUDED, Excluded};
use super::insert::Insert;
use super::insert_clauses::InsertClauses;
use super::projection::Projects;
use super::returning::Returned;
use crate::expr::scope::Reads;
use crate::expr::{Column, ColumnRef, Node, Operand, Predicate};
use crate::row::FromRow;
use crate::table::Table;
use crate::types::{Accepts, ColumnType};

/// An insert: of one row, of many rows, or of the rows of a query.
pub trait Inserts: Sized {
    /// The table that the rows are inserted into.
    type Table: Table;
    /// The type of the insert with a RETURNING clause that returns an `O` for each row.
    type Returning<O>;

    #[doc(hidden)]
    fn clauses(&mut self) -> Hidden<'_>;

    #[doc(hidden)]
    fn into_returning<O>(self) -> Self::Returning<O>;
}

/// The clauses of an insert, in a type that only this crate can look into: the trait [`Inserts`]
/// is public, its clauses are not.
#[doc(hidden)]
#[derive(Debug)]
pub struct Hidden<'a>(pub(super) &'a mut InsertClauses);

/// An ON CONFLICT clause as plain data.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conflict {
    /// The columns of the conflict target; empty if the clause applies to every conflict.
    pub(crate) target: Vec<&'static str>,
    /// The name of the constraint that is the target, in place of columns.
    pub(crate) constraint: Option<&'static str>,
    /// The condition of the partial unique index that is the target, if the user has named it by
    /// `filter_index`.
    pub(crate) index: Option<Node>,
    /// The update of the existing row; `None` leaves the row as it is.
    pub(crate) update: Option<ConflictUpdate>,
}

/// The clause DO UPDATE: the update of the existing row.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConflictUpdate {
    pub(crate) sets: Vec<(&'static str, Node)>,
    pub(crate) filter: Option<Node>,
}

pub(super) fn returning<S: Inserts, C, P, O: FromRow>(mut insert: S, columns: C) -> S::Returning<O>
where
    S::Table: Projects<C, P, Out = O>,
{
    insert.clauses().0.returned = Returned::columns::<S::Table, C, P>(columns);
    insert.into_returning()
}

pub(super) fn on_conflict<S: Inserts>(mut insert: S, columns: impl ColumnsOf<S::Table>) -> OnConflict<S> {
    let mut conflict = Conflict::default();
    columns.append_names(&mut conflict.target);
    insert.clauses().0.conflict = Some(Box::new(conflict));
    OnConflict { insert }
}

pub(super) fn on_constraint<S: Inserts>(mut insert: S, name: &'static str) -> OnConflict<S> {
    let conflict = Conflict { constraint: Some(name), ..Conflict::default() };
    insert.clauses().0.conflict = Some(Box::new(conflict));
    OnConflict { insert }
}

pub(super) fn on_any_conflict<S: Inserts>(mut insert: S) -> DoNothing<S> {
    insert.clauses().0.conflict = Some(Box::default());
    DoNothing { insert }
}

/// An insert with a conflict target but no conflict action yet, made by `on_conflict`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let dana = NewUser { name: "Dana".into(), karma: 9 };
/// let insert = User::insert(dana).on_conflict(User::NAME);
/// insert.do_update().set_excluded(User::KARMA).execute(&db).await?; // or `do_nothing`
/// assert_eq!(User::find(1).one(&db).await?.karma, 9);
/// # db.close().await
/// # }
/// ```
#[derive(Debug)]
#[must_use = "an insert does nothing until a verb such as `execute` runs it"]
pub struct OnConflict<S> {
    pub(super) insert: S,
}

impl<S: Inserts> OnConflict<S> {
    /// Selects the partial unique index with this condition, if several such indexes are on the
    /// columns.
    ///
    /// Without this call, there must be a unique constraint or an index of all rows on the
    /// columns, or only one partial index. Write the condition in the same way as the condition of
    /// the index. Its values become part of the SQL text, because SQLite compares the texts of the
    /// two conditions.
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
            Node::add_condition(&mut conflict.index, condition.into_condition());
        }
        self
    }

    /// Leaves the existing row as it is.
    pub fn do_nothing(self) -> DoNothing<S> {
        DoNothing { insert: self.insert }
    }

    /// Updates the existing row. Call [`Upsert::set`] and [`Upsert::set_excluded`] to set columns.
    pub fn do_update(mut self) -> Upsert<S> {
        if let Some(conflict) = &mut self.insert.clauses().0.conflict {
            conflict.update = Some(ConflictUpdate::default());
        }
        Upsert { insert: self.insert }
    }
}

/// An insert that skips rows that exist already, made by `do_nothing`.
///
/// `execute` returns the number of rows that were inserted.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let new = ["Dana", "Eve"].map(|name| NewUser { name: name.into(), karma: 0 });
/// let insert = User::insert_all(new).on_conflict(User::NAME).do_nothing();
/// assert_eq!(insert.execute(&db).await?.rows_affected, 1); // Eve
/// # db.close().await
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a statement does nothing until a verb such as `execute` runs it"]
pub struct DoNothing<S> {
    pub(crate) insert: S,
}

/// An insert that updates rows that exist already, made by `do_update`.
///
/// `one` reports whether the row was inserted, updated or left as it was; `execute` returns the
/// number of rows that were written.
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
///     Upserted::Unchanged => println!("it is not cheaper than it was"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a statement does nothing until a verb such as `execute` runs it"]
pub struct Upsert<S> {
    pub(crate) insert: S,
}

/// An insert of a row that returns the existing row if there is one, made by `or_get`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let dana = NewUser { name: "Dana".into(), karma: 0 };
/// let user = User::insert(dana).or_get(User::NAME).one(&db).await?;
/// assert_eq!(user.into_row().id, 1);
/// # db.close().await
/// # }
/// ```
#[must_use = "a statement does nothing until a verb such as `one` runs it"]
pub struct OrGet<T> {
    pub(crate) insert: Insert<T>,
}

impl<T: Table> OrGet<T> {
    /// Selects the partial unique index with this condition, like [`OnConflict::filter_index`].
    pub fn filter_index<C: Predicate, P>(self, condition: C) -> Self
    where
        T: Reads<C::Scope, P>,
    {
        let OnConflict { insert } = OnConflict { insert: self.insert }.filter_index(condition);
        OrGet { insert }
    }
}

/// Implemented by the inserts that can be run. It is not implemented by [`OnConflict`], which has
/// no conflict action yet.
#[diagnostic::on_unimplemented(
    message = "the insert has a conflict target but no conflict action",
    label = "add the action before this: `.do_nothing()`, or `.do_update()` with `.set_excluded(..)` or `.set(..)`"
)]
pub trait HasConflictAction<P> {}

impl<S: Inserts> DoNothing<S> {
    /// Returns these columns or expressions of the inserted rows.
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

    /// Sets a column of the existing row to a value or an expression.
    ///
    /// The columns in the expression have the values of the existing row.
    /// [`excluded`](Column::excluded) returns a column with the value of the new row.
    pub fn set<V: ColumnType, K, R, P>(mut self, column: Column<S::Table, V, K>, value: R) -> Self
    where
        R: Operand<V::Base>,
        V::Null: Accepts<<R::Value as ColumnType>::Null>,
        (S::Table, Excluded<S::Table>): Reads<R::With<()>, P>,
    {
        self.update(|update| update.sets.push((column.name(), value.into_node())));
        self
    }

    /// Sets columns of the existing row to the values of the new row: one column, or a tuple.
    pub fn set_excluded<C: ColumnsOf<S::Table>>(mut self, columns: C) -> Self {
        let mut names = Vec::new();
        columns.append_names(&mut names);
        let column = |name| Node::Column(ColumnRef { table: <S::Table as Table>::TABLE, alias: Some(EXCLUDED), name });
        self.update(|update| update.sets.extend(names.into_iter().map(|name| (name, column(name)))));
        self
    }

    /// Updates the existing row only if the condition holds, and otherwise leaves the row as it
    /// is. The conditions of several calls are combined by AND.
    pub fn filter<C: Predicate, P>(mut self, condition: C) -> Self
    where
        (S::Table, Excluded<S::Table>): Reads<C::Scope, P>,
    {
        self.update(|update| Node::add_condition(&mut update.filter, condition.into_condition()));
        self
    }

    /// Returns these columns or expressions of the rows that were inserted or updated.
    pub fn returning<C, P, O: FromRow>(self, columns: C) -> S::Returning<O>
    where
        S::Table: Projects<C, P, Out = O>,
    {
        returning(self.insert, columns)
    }
}

impl<T> fmt::Debug for OrGet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.insert.fmt(f)
    }
}
