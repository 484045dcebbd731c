//! What those who know another library write first, and what the compiler tells them.
//!
//! The names below are those of sqlx, Diesel, SeaORM, SQLAlchemy, the driver of SQLite and the
//! standard library. None of them can be called: each needs a trait that nothing implements, whose
//! message says what to write. All of it is hidden from the documentation.

use std::cmp::Ordering;
use std::future::Ready;
use std::ops::{BitAnd, BitOr};

use crate::connection::Connection;
use crate::database::Database;
use crate::error::Result;
use crate::executor::Executor;
use crate::expr::{Aggregate, Column, Expr};
use crate::raw_row::Row;
use crate::statement::{Compound, Delete, Insert, InsertSelect, Returning, Select, Sql, Update, With, query};
use crate::verb::{Obtained, Upserted};

/// Writes methods that take a statement, a column or a value.
///
/// The bound is one of the impl and not of the method. A method of that name from a trait in scope
/// is therefore taken, and the compiler shows the message as its own where there is none. The
/// lifetime makes the bound one that is not looked at here, where it would be an error.
macro_rules! methods {
    ($($trait:ident $message:literal, $label:literal, $methods:tt of $([$($generics:tt)*] $type:ty),+;)+) => { $(
        #[diagnostic::on_unimplemented(message = $message, label = $label)]
        pub trait $trait<'a> {}
        $(methods!(@impl $trait [$($generics)*] $type, $methods);)+
    )+ };
    (@impl $trait:ident [$($generics:tt)*] $type:ty, { $($method:ident)+ }) => {
        #[doc(hidden)]
        #[allow(clippy::len_without_is_empty, clippy::new_ret_no_self, clippy::should_implement_trait)]
        #[allow(clippy::wrong_self_convention)]
        impl<$($generics)*> $type
        where
            for<'a> Self: $trait<'a>,
        {
            $(pub fn $method(self) {})+
        }
    };
}

methods! {
    FetchesAll "every row is read by `all`", "write `.all(&db)`",
        { fetch_all load get_results to_vec scalars exec execute }
        of [F, O] Select<F, O>, [F, O] Compound<F, O>, [T, O] With<T, O>;
    FetchesEach "every row is read by `all`", "write `.all(&db)`",
        { fetch_all load get_results to_vec scalars }
        of [] Sql, [O] Returning<O>;
    FetchesOne "the first row is read by `one`, or by `optional` where there may be none",
        "write `.one(&db)` or `.optional(&db)`",
        { fetch_one get_result first fetch_optional one_or_none }
        of [F, O] Select<F, O>, [F, O] Compound<F, O>, [T, O] With<T, O>, [] Sql, [O] Returning<O>;
    FetchesScalar "the first value of the first row is read by `scalar`", "write `.scalar(&db)`",
        { fetch_scalar }
        of [] Sql;
    Fetches "rows are read one after another by `stream`", "write `.stream(&db)`",
        { fetch load_iter load_stream }
        of [F, O] Select<F, O>, [F, O] Compound<F, O>, [] Sql, [O] Returning<O>;
    Executes "a write is run by `execute`, or by `one` where its row is wanted",
        "write `.execute(&db)` or `.one(&db)`",
        { exec run get_result get_results fetch_one exec_with_returning }
        of [T] Insert<T>, [T] InsertSelect<T>;
    ExecutesAll "a write is run by `execute`", "write `.execute(&db)`",
        { exec run get_result get_results }
        of [T, F] Update<T, F>, [T, F] Delete<T, F>;

    FiltersBy "rows are chosen by `filter`", "write `.filter(User::NAME.eq(..))`",
        { filter_by where_ and_where and_filter }
        of [F, O] Select<F, O>, [T, O] With<T, O>, [T, F] Update<T, F>, [T, F] Delete<T, F>;
    FiltersByEither "conditions are joined by `or` inside of one `filter`", "write `.filter(a.or(b))`",
        { or_filter or_where }
        of [F, O] Select<F, O>, [T, O] With<T, O>, [T, F] Update<T, F>, [T, F] Delete<T, F>;
    Sorts "rows are sorted by `order_by`, which may be called again for further terms",
        "write `.order_by(User::NAME)`",
        { order then_order_by order_by_asc sort_by }
        of [F, O] Select<F, O>, [T, O] With<T, O>;
    SortsDescending "a term is in descending order by `desc`", "write `.order_by(User::NAME.desc())`",
        { order_by_desc sort_by_desc }
        of [F, O] Select<F, O>, [T, O] With<T, O>;
    SelectsColumns "columns are selected by `columns`", "write `.columns((User::ID, User::NAME))`",
        { select select_only column into_tuple }
        of [F, O] Select<F, O>;
    SelectsRecord "the columns of a query are read into a struct by `record`",
        "write `.columns(..).record::<Entry>()`",
        { into_model into_partial_model map_into }
        of [F, O] Select<F, O>;
    JoinsInner "a table is joined by `join`", "write `.join(User)`",
        { inner_join }
        of [F, O] Select<F, O>;
    JoinsOuter "a table of which there may be no row is joined by `left_join`", "write `.left_join(User)`",
        { outerjoin left_outer_join find_also_related }
        of [F, O] Select<F, O>;
    ReadsRelated "the rows that belong to each row are read by `with`", "write `.with(Post)`",
        { find_with_related find_related prefetch_related select_related options }
        of [F, O] Select<F, O>;
    Paginates "a query is read page by page by `page`", "write `.page(50).all(&db)`",
        { paginate cursor_by }
        of [F, O] Select<F, O>;
    IsBoxed "a statement keeps its type, whatever filter it gets", "leave it out",
        { into_boxed boxed }
        of [F, O] Select<F, O>, [T, F] Update<T, F>, [T, F] Delete<T, F>;
    SetsValues "a column is set by `set`, which takes the column and its value", "write `.set(User::KARMA, 0)`",
        { values set_values }
        of [T, F] Update<T, F>;

    OpensConnection "a database is opened first, and gives connections",
        "write `Database::open(\"app.db\")`, and `db.connect()` for a connection of its own",
        { open connect open_in_memory }
        of [] Connection;
    OpensMemory "a database in memory is opened by `memory`", "write `Database::memory()`",
        { open_in_memory in_memory }
        of [] Database;
    HoldsRow "the row is taken out by `into_row`", "write `.into_row()`",
        { into_inner unwrap }
        of [T] Obtained<T>, [T] Upserted<T>;
}

/// Writes methods with a bound of their own, which return whatever is asked for. The bound is
/// given whole, so that the compiler shows the line in which it is written, not this macro.
macro_rules! stubs {
    ([$($generics:tt)*] $type:ty: $($bound:path => $answer:ty { $($method:ident $arguments:tt)+ })+) => {
        #[doc(hidden)]
        #[allow(clippy::new_ret_no_self, clippy::should_implement_trait)]
        impl<$($generics)*> $type {
            $($(
                pub fn $method<A> $arguments -> $answer
                where
                    Self: $bound,
                {
                    Self::answer()
                }
            )+)+
        }
    };
}

/// Not implemented.
#[diagnostic::on_unimplemented(
    message = "the number of rows is set by `limit`, and the first ones are left out by `offset`",
    label = "write `.limit(5)` or `.offset(5)`"
)]
pub trait Limited<A> {
    fn answer() -> A;
}

// Iterators have these methods, too: were the bound one of the impl, the compiler would speak of
// iterators.
stubs! { [F, O] Select<F, O>:
    Limited<A> => A { take(self, _rows: impl Sized) skip(self, _rows: impl Sized) }
}

/// Writes methods of columns, expressions and aggregates.
macro_rules! operators {
    ($($trait:ident $message:literal, $label:literal, $methods:tt;)+) => {
        methods! { $(
            $trait $message, $label, $methods
                of [T, V, K] Column<T, V, K>, [S, V] Expr<S, V>, [S, V] Aggregate<S, V>;
        )+ }
    };
}

operators! {
    IsIn "a value is looked for in a list by `is_in`", "write `.is_in([1, 2])`", { in_ eq_any is_any };
    IsNotIn "a value is looked for in a list by `is_not_in`", "write `.is_not_in([1, 2])`", { not_in notin_ ne_all };
    IsNull "NULL is found by `is_null`", "write `.is_null()`", { is_ is_none isnull };
    IsNotNull "NULL is left out by `is_not_null`", "write `.is_not_null()`", { is_not isnot is_some isnotnull };
    Equals "values are compared by `eq` and `ne`", "write `.eq(..)` or `.ne(..)`", { equals not_eq neq };
    IsAtLeast "`>=` is called `ge`", "write `.ge(..)`", { gte };
    IsAtMost "`<=` is called `le`", "write `.le(..)`", { lte };
    IsUnlike "a pattern that must not match is in `not`", "write `not(User::NAME.like(..))`",
        { not_like notlike not_ilike };
    StartsWith "the beginning of a text is compared by `starts_with`", "write `.starts_with(..)`",
        { startswith begins_with };
    EndsWith "the end of a text is compared by `ends_with`", "write `.ends_with(..)`", { endswith };
    HasLength "the number of characters is `length`", "write `.length()`", { len char_length is_empty };
    IsLower "a text becomes lower case by `lower`", "write `.lower()`", { to_lowercase to_lower };
    IsUpper "a text becomes upper case by `upper`", "write `.upper()`", { to_uppercase to_upper };
}

/// Not implemented: Rust's comparisons give a `bool` at once. For an operator the compiler shows
/// no message of a trait but its name.
#[allow(non_camel_case_types)]
pub trait WriteTheMethods_eq_ne_lt_le_gt_ge {}

/// Not implemented.
#[diagnostic::on_unimplemented(
    message = "conditions are joined by methods, not by Rust's operators",
    label = "write `.and(..)` or `.or(..)`"
)]
pub trait JoinedByOperator {}

macro_rules! rust_operators {
    ($([$($generics:tt)*] $type:ty),+) => { $(
        #[doc(hidden)]
        impl<$($generics)*, R> PartialEq<R> for $type
        where
            Self: WriteTheMethods_eq_ne_lt_le_gt_ge,
        {
            fn eq(&self, _other: &R) -> bool {
                false
            }
        }

        #[doc(hidden)]
        impl<$($generics)*, R> PartialOrd<R> for $type
        where
            Self: WriteTheMethods_eq_ne_lt_le_gt_ge,
        {
            fn partial_cmp(&self, _other: &R) -> Option<Ordering> {
                None
            }
        }

        #[doc(hidden)]
        impl<$($generics)*, R: JoinedByOperator> BitAnd<R> for $type {
            type Output = Self;

            fn bitand(self, _other: R) -> Self {
                self
            }
        }

        #[doc(hidden)]
        impl<$($generics)*, R: JoinedByOperator> BitOr<R> for $type {
            type Output = Self;

            fn bitor(self, _other: R) -> Self {
                self
            }
        }
    )+ };
}
rust_operators!([T, V, K] Column<T, V, K>, [S, V] Expr<S, V>, [S, V] Aggregate<S, V>);

/// What an asynchronous method gives.
type Answer<A> = Ready<Result<A>>;

/// Writes the message of methods that can be called of a reference: of an executor, which is one
/// behind a database, a connection or a transaction, and of a row.
///
/// Of a reference the compiler does not show the message of a bound of the impl: these bounds are
/// those of the methods. What they return is of any type, so that nothing else is wrong.
macro_rules! answers {
    ($($trait:ident $message:literal, $label:literal;)+) => { $(
        #[diagnostic::on_unimplemented(message = $message, label = $label)]
        pub trait $trait<A> {
            fn answer() -> A;
        }
    )+ };
}

answers! {
    RunsSql "SQL is a value, made by `sql!` with the values in braces, and a verb runs it",
        "write `sql!(\"..\").execute(&db)`, or `.all(&db)` for its rows";
    RunsScript "several statements are run by `execute_script`", "write `.execute_script(\"..\")`";
    KeepsId "an insert answers with the number of its row",
        "write `User::insert(row).execute(&db).await?.last_insert_id`, or `.one(&db)` for the row";
    AddsRows "a row is written by a statement", "write `User::insert(row).execute(&db)`";
    EndsTransaction "outside of a transaction each statement is committed at once",
        "write `let tx = db.begin().await?` and `tx.commit()`, or `db.transaction(|tx| ..)`";
    FindsRow "a row is found by the key of its table", "write `User::find(1).one(&db)`";
    GivesConnection "a connection of its own is made by `connect`", "write `db.connect()`";
    NestsTransaction "a transaction in a transaction is begun by `begin`", "write `tx.begin()`";
    CreatesMissing "tables that do not exist are made by `create_if_missing`",
        "write `.create_if_missing((User, Post))`";
    GetsColumn "a column of a row is read by `get`", "write `.get(\"name\")`";
    OpensDatabase "a database is opened by `open`", "write `Database::open(\"app.db\")`";
}

stubs! { [] Executor:
    RunsSql<Answer<A>> => Answer<A> {
        execute(&self, _text: impl Sized)
        query(&self, _text: impl Sized)
        fetch_all(&self, _text: impl Sized)
        fetch_one(&self, _text: impl Sized)
        fetch_optional(&self, _text: impl Sized)
        query_row(&self, _text: impl Sized, _values: impl Sized, _read: impl Sized)
        query_map(&self, _text: impl Sized, _values: impl Sized, _read: impl Sized)
        prepare(&self, _text: impl Sized)
    }
    RunsScript<Answer<A>> => Answer<A> { execute_batch(&self, _text: impl Sized) }
    KeepsId<A> => A { last_insert_rowid(&self) }
    AddsRows<A> => A { add(&self, _row: impl Sized) add_all(&self, _rows: impl Sized) }
    EndsTransaction<Answer<A>> => Answer<A> { commit(&self) rollback(&self) flush(&self) }
    FindsRow<Answer<A>> => Answer<A> { get(&self, _table: impl Sized, _key: impl Sized) }
    GivesConnection<Answer<A>> => Answer<A> { acquire(&self) }
    NestsTransaction<Answer<A>> => Answer<A> { savepoint(&self) begin_nested(&self) }
    CreatesMissing<Answer<A>> => Answer<A> {
        create_all_if_missing(&self, _tables: impl Sized)
        create_tables(&self, _tables: impl Sized)
    }
}

stubs! { [] Row:
    GetsColumn<Result<A>> => Result<A> { try_get(&self, _column: impl Sized) }
}

stubs! { [] Database:
    OpensDatabase<Answer<A>> => Answer<A> { connect(_address: impl Sized) new(_address: impl Sized) }
}

/// Writes functions of one argument.
macro_rules! functions {
    ($($trait:ident $message:literal, $label:literal, { $($function:ident)+ };)+) => { $(
        #[diagnostic::on_unimplemented(message = $message, label = $label)]
        pub trait $trait {}

        $(
            #[doc(hidden)]
            #[allow(non_snake_case)]
            pub fn $function<A: $trait>(value: A) -> A {
                value
            }
        )+
    )+ };
}

functions! {
    SortedBy "the direction of an order is said behind the column", "write `User::NAME.desc()`", { desc asc };
    Aggregated "an aggregate stands behind its column",
        "write `User::KARMA.sum()`, `.avg()`, `.min()` or `.max()`",
        { sum avg min max };
    SetTo "a field of a new row is the value itself", "write the value itself", { Set };
}

/// Not implemented.
#[diagnostic::on_unimplemented(message = "a row is inserted by its table", label = "write `User::insert(row)`")]
pub trait InsertedInto<A> {
    fn answer() -> A;
}

#[doc(hidden)]
pub fn insert_into<T: InsertedInto<A>, A>(_table: T) -> A {
    T::answer()
}

/// Not implemented.
#[diagnostic::on_unimplemented(
    message = "the verb says what rows are read into",
    label = "write `sql!(\"..\").all(&db)`, which reads whatever is asked for"
)]
pub trait ReadInto<A> {}

/// Not implemented.
#[diagnostic::on_unimplemented(
    message = "the first value of the first row is read by `scalar`",
    label = "write `sql!(\"..\").scalar(&db)`"
)]
pub trait ReadAsScalar<A> {}

#[doc(hidden)]
pub fn query_as<D, A>(text: impl Into<String>) -> Sql
where
    (): ReadInto<A>,
{
    query(text)
}

#[doc(hidden)]
pub fn query_scalar<D, A>(text: impl Into<String>) -> Sql
where
    (): ReadAsScalar<A>,
{
    query(text)
}

/// Writes macros with an error that says what to write.
macro_rules! macros {
    ($dollar:tt $($name:ident: $message:literal;)+) => { $(
        #[doc(hidden)]
        #[macro_export]
        macro_rules! $name {
            ($dollar($dollar anything:tt)*) => { ::core::compile_error!($message) };
        }
    )+ };
}

macros! { $
    query: "write `sql!(\"..\")` with the values in braces: `sql!(\"select * from user where id = {id}\")`";
    query_as: "write `sql!(\"..\")` with the values in braces; the verb reads the rows into what is asked for: `.all(&db)`";
    query_scalar: "write `sql!(\"..\")` with the values in braces, and `.scalar(&db)`";
    params: "write the values into the braces of `sql!(\"..\")`: `sql!(\"select * from user where id = {id}\")`";
}
