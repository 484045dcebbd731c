//! Compile errors that help users of other libraries.
//!
//! The names below are those that a user of sqlx, Diesel, SeaORM, SQLAlchemy, rusqlite or the
//! standard library is likely to guess. None of them can be called: each function and method
//! requires a trait that is never implemented, and the error message that the trait sets names
//! what to use instead. The macros do not compile, with such a message. All of them are hidden
//! from the documentation.

use std::cmp::Ordering;
use std::future::Ready;
use std::ops::{BitAnd, BitOr};

use crate::connection::Connection;
use crate::database::Database;
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::expr::{Aggregate, Column, Expr};
use crate::outcome::Outcome;
use crate::raw_row::Row;
use crate::statement::{
    Compound, Delete, Insert, InsertAll, InsertSelect, Returning, Select, Sql, Update, With, query,
};
use crate::table::Table;
use crate::verb::{Obtained, RowStream, Upserted};

/// Declares methods that take `self`, for several types, and the traits in their bounds. The
/// traits are never implemented, so that calls of the methods do not compile and the compiler
/// shows the message of the trait.
///
/// The bound is on the impl, not on the method, for two reasons. First, if a trait in scope has a
/// method of the same name, the compiler finds that method. Second, if there is no such trait, the
/// compiler shows the message of the bound as its main message. The lifetime `'a` keeps the
/// compiler from checking the bound here, where the unimplemented trait would be an error.
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
    FetchesAll "`all` returns every row", "write `.all(&db)`",
        { fetch_all load get_results to_vec scalars exec execute }
        of [F, O] Select<F, O>, [F, O] Compound<F, O>, [T, O] With<T, O>;
    FetchesEach "`all` returns every row", "write `.all(&db)`",
        { fetch_all load get_results to_vec scalars }
        of [] Sql, [O] Returning<O>;
    FetchesOne "`one` returns the first row, and `optional` returns it if there is one",
        "write `.one(&db)` or `.optional(&db)`",
        { fetch_one get_result first fetch_optional one_or_none }
        of [F, O] Select<F, O>, [F, O] Compound<F, O>, [T, O] With<T, O>, [] Sql, [O] Returning<O>;
    FetchesScalar "`scalar` returns the first value of the first row", "write `.scalar(&db)`",
        { fetch_scalar }
        of [] Sql;
    Fetches "`stream` returns the rows one after another", "write `.stream(&db)`",
        { fetch load_iter load_stream }
        of [F, O] Select<F, O>, [F, O] Compound<F, O>, [] Sql, [O] Returning<O>;
    ExecutesOne "`execute` runs a write, and `one` also returns the row",
        "write `.execute(&db)` or `.one(&db)`",
        { exec run get_result get_results fetch_one exec_with_returning }
        of [T] Insert<T>, [T] InsertSelect<T>;
    ExecutesAll "`execute` runs a write", "write `.execute(&db)`",
        { exec run get_result get_results }
        of [T, F] Update<T, F>, [T, F] Delete<T, F>;

    KeepsExisting "`on_conflict` says what happens to a row that exists already",
        "write `.on_conflict_do_nothing()`, or `.on_conflict(User::NAME).do_update()`",
        { or_ignore or_replace on_conflict_do_update }
        of [T] Insert<T>, [T] InsertSelect<T>;

    FiltersBy "`filter` sets the condition of a statement", "write `.filter(User::NAME.eq(..))`",
        { filter_by where_ and_where and_filter }
        of [F, O] Select<F, O>, [T, O] With<T, O>, [T, F] Update<T, F>, [T, F] Delete<T, F>;
    FiltersIf "`filter` takes an `Option` of a condition, and `None` is no condition",
        "write `.filter(name.map(|name| User::NAME.eq(name)))`",
        { apply_if filter_if }
        of [F, O] Select<F, O>, [T, O] With<T, O>;
    FiltersByEither "`or` joins conditions inside one `filter`", "write `.filter(a.or(b))`",
        { or_filter or_where }
        of [F, O] Select<F, O>, [T, O] With<T, O>, [T, F] Update<T, F>, [T, F] Delete<T, F>;
    Sorts "`order_by` sorts rows, and may be called again for further terms",
        "write `.order_by(User::NAME)`",
        { order then_order_by order_by_asc sort_by }
        of [F, O] Select<F, O>, [T, O] With<T, O>;
    SortsDescending "`desc` sorts by a column in descending order", "write `.order_by(User::NAME.desc())`",
        { order_by_desc sort_by_desc }
        of [F, O] Select<F, O>, [T, O] With<T, O>;
    SelectsColumns "`columns` selects columns", "write `.columns((User::ID, User::NAME))`",
        { select select_only column into_tuple }
        of [F, O] Select<F, O>;
    SelectsRecord "`record` reads the columns of a query into a struct",
        "write `.columns(..).record::<Entry>()`",
        { into_model into_partial_model map_into }
        of [F, O] Select<F, O>;
    JoinsInner "`join` joins a table", "write `.join(User)`",
        { inner_join }
        of [F, O] Select<F, O>;
    JoinsOuter "`left_join` joins a table that may have no matching row", "write `.left_join(User)`",
        { outerjoin left_outer_join find_also_related }
        of [F, O] Select<F, O>;
    JoinsOn "`join` follows the foreign key, and `join_on` takes a condition",
        "write `.join_on(User, ..)` for the join and its condition",
        { on }
        of [F, O] Select<F, O>;
    IsSubquery "a query of one column is a value by `scalar_subquery`, and a list in `is_in`",
        "write `.scalar_subquery()` for a value; `is_in` takes the query as it is, and `cte` makes a table of it",
        { single_value as_scalar subquery }
        of [F, O] Select<F, O>, [F, O] Compound<F, O>;
    LimitsWrites "an UPDATE or a DELETE has no limit, but its filter can choose the rows by a query",
        "write `.filter(User::ID.is_in(User::select().limit(5).columns(User::ID)))`",
        { limit }
        of [T, F] Update<T, F>, [T, F] Delete<T, F>;
    LocksRows "`for_update` and `for_share` lock rows on PostgreSQL; on SQLite, a transaction is the only writer from its beginning",
        "write `.for_update()` or `.for_share()`, and run the query in `db.transaction(|tx| ..)`",
        { with_for_update lock_exclusive lock_shared lock_with_behavior }
        of [F, O] Select<F, O>;
    ReadsRelated "`with` loads the related rows of each row", "write `.with(Post)`",
        { find_with_related find_related prefetch_related select_related options }
        of [F, O] Select<F, O>;
    Paginates "`page` reads a query page by page", "write `.page(50).all(&db)`",
        { paginate cursor_by }
        of [F, O] Select<F, O>;
    IsBoxed "a statement has the same type with any filter, so it need not be boxed", "remove this call",
        { into_boxed boxed }
        of [F, O] Select<F, O>, [T, F] Update<T, F>, [T, F] Delete<T, F>;
    SetsValues "`set` sets a column, and takes the column and its value", "write `.set(User::KARMA, 0)`",
        { values set_values }
        of [T, F] Update<T, F>;

    AppendsText "`sql!` takes raw SQL in its braces, too",
        "write `sql!(\"{{start}} where id = {{id}}\")`, where `start` is raw SQL",
        { push push_bind append }
        of [] Sql;
    ReadsNext "`next` returns the next row or an error, and `None` at the end",
        "write `rows.next().await`, and `row?` for each of its rows",
        { try_next }
        of [R] RowStream<R>;
    HasId "`last_insert_id` is the key that the database has generated", "write `.last_insert_id`",
        { last_insert_rowid lastrowid }
        of [] Outcome;
    HasKind "`kind` says what has happened, with the table and the columns",
        "write `.is_unique()`, or match on `.kind()`",
        { as_database_error into_database_error is_unique_violation is_foreign_key_violation is_check_violation }
        of [] Error;

    OpensConnection "a connection is opened by a database",
        "write `Database::open(\"app.db\")`, and `db.connect()` for an explicit connection",
        { open connect open_in_memory }
        of [] Connection;
    OpensMemory "`memory` opens a database in memory", "write `Database::memory()`",
        { open_in_memory in_memory }
        of [] Database;
    HoldsRow "`into_row` returns the row", "write `.into_row()`",
        { into_inner unwrap }
        of [T] Obtained<T>, [T] Upserted<T>;
}

/// Declares methods whose calls do not compile, because each has a bound on a trait that is never
/// implemented. The return type is generic. The bound is passed to this macro as a whole, so that
/// an error points at the line that passes it, not into this macro.
macro_rules! stubs {
    (@method [$($generics:tt)*] $type:ty, ($($bound:tt)+) => $answer:ty, $method:tt $arguments:tt) => {
        #[doc(hidden)]
        #[allow(clippy::new_ret_no_self, clippy::should_implement_trait)]
        impl<$($generics)*> $type {
            pub fn $method<A> $arguments -> $answer
            where
                Self: $($bound)+,
            {
                Self::answer()
            }
        }
    };
    ($generics:tt $type:ty: $($bound:tt => $answer:ty { $($method:tt $arguments:tt)+ })+) => {
        $($(stubs!(@method $generics $type, $bound => $answer, $method $arguments);)+)+
    };
}

/// Never implemented, so that calls of `take` and `skip` on a query do not compile and the
/// compiler shows this message.
#[diagnostic::on_unimplemented(
    message = "`limit` sets the maximum number of rows, and `offset` skips the first ones",
    label = "write `.limit(5)` or `.offset(5)`"
)]
pub trait Limited<A> {
    fn answer() -> A;
}

// Iterators have methods of these names. If the bound were on the impl, the compiler would suggest
// using the query as an iterator.
stubs! { [F, O] Select<F, O>:
    (Limited<A>) => A { take(self, _rows: impl Sized) skip(self, _rows: impl Sized) }
}

/// Never implemented, so that calls of the methods `one` and `get_results` of an insert of several
/// rows do not compile and the compiler shows this message.
#[diagnostic::on_unimplemented(message = "`all` returns the rows that were inserted", label = "write `.all(&db)`")]
pub trait ReturnsAll<A> {
    fn answer() -> A;
}

// The compiler does not show the message of a bound on the impl of a type with a lifetime.
stubs! { ['r, T: Table] InsertAll<'r, T>:
    (ReturnsAll<Answer<A>>) => Answer<A> { one(self, _ex: impl Sized) get_results(self, _ex: impl Sized) }
}

/// Declares methods of columns, expressions and aggregates, by names that users of other libraries
/// may guess. Calls of them do not compile, because the traits in their bounds are never
/// implemented. The compiler shows the message of the trait.
macro_rules! operators {
    ($($trait:ident $message:literal, $label:literal, $methods:tt;)+) => {
        methods! { $(
            $trait $message, $label, $methods
                of [T, V, K] Column<T, V, K>, [S, V] Expr<S, V>, [S, V] Aggregate<S, V>;
        )+ }
    };
}

operators! {
    IsIn "`is_in` returns whether a value is in a list", "write `.is_in([1, 2])`", { in_ eq_any is_any };
    IsNotIn "`is_not_in` returns whether a value is not in a list", "write `.is_not_in([1, 2])`", { not_in notin_ ne_all };
    IsNull "`is_null` returns whether a value is NULL", "write `.is_null()`", { is_ is_none isnull };
    IsNotNull "`is_not_null` returns whether a value is not NULL", "write `.is_not_null()`", { is_not isnot is_some isnotnull };
    Equals "`eq` and `ne` compare values", "write `.eq(..)` or `.ne(..)`", { equals not_eq neq };
    IsAtLeast "`>=` is called `ge`", "write `.ge(..)`", { gte };
    IsAtMost "`<=` is called `le`", "write `.le(..)`", { lte };
    IsUnlike "`not` negates a pattern", "write `not(User::NAME.like(..))`",
        { not_like notlike not_ilike };
    StartsWith "`starts_with` compares the beginning of a text", "write `.starts_with(..)`",
        { startswith begins_with };
    EndsWith "`ends_with` compares the end of a text", "write `.ends_with(..)`", { endswith };
    HasLength "`length` returns the number of characters", "write `.length()`", { len char_length is_empty };
    IsLower "`lower` converts a text to lower case", "write `.lower()`", { to_lowercase to_lower };
    IgnoresCase "`ilike` ignores the case of letters", "write `.ilike(\"%a%\")`", { icontains istartswith iexact };
    EscapesPattern "`contains`, `starts_with` and `ends_with` take `%` and `_` as they are",
        "write `.contains(..)` in place of `like`", { escape };
    IsOptional "a column of an outer join is an `Option` already", "remove this call", { nullable };
    ReplacesNull "`coalesce` gives a value in place of NULL", "write `.coalesce(0)`",
        { unwrap_or unwrap_or_default if_null ifnull assume_not_null };
    IsNamed "a selected expression needs no name: a record is filled in the order of the columns",
        "remove this call", { label as_ alias };
    IsDistinct "`distinct` leaves out equal values of an aggregate", "write `.count().distinct()`",
        { aggregate_distinct count_distinct };
    IsFiltered "`filter` chooses the rows of an aggregate", "write `.filter(..)`", { aggregate_filter };
    IsUpper "`upper` converts a text to upper case", "write `.upper()`", { to_uppercase to_upper };
}

/// Never implemented, because Rust's comparison operators return a `bool` and could not build a
/// condition. For operators, the compiler shows the name of this trait but no message of it, so
/// the name says what to write.
#[allow(non_camel_case_types)]
pub trait WriteTheMethods_eq_ne_lt_le_gt_ge {}

/// Never implemented, so that the operators `&` and `|` between conditions do not compile and the
/// compiler shows this message.
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

/// The return type of a guessed method that its caller would await.
type Answer<A> = Ready<Result<A>>;

/// Declares the traits that methods written by `stubs!` have in their bounds: methods of
/// [`Executor`], to which databases, connections and transactions deref, of rows, and of
/// `Database`.
///
/// For methods that take `&self`, the compiler does not show the message of a bound on the impl,
/// so the bound is on each method. The methods have a generic return type, so that the compiler
/// does not also report a mismatch of types.
macro_rules! answers {
    ($($trait:ident $message:literal, $label:literal;)+) => { $(
        #[diagnostic::on_unimplemented(message = $message, label = $label)]
        pub trait $trait<A> {
            fn answer() -> A;
        }
    )+ };
}

answers! {
    RunsSql "raw SQL is a statement, made by `sql!` with the values in braces",
        "write `sql!(\"..\").execute(&db)`, or `.all(&db)` for its rows";
    RunsScript "`execute_script` runs several statements", "write `.execute_script(\"..\")`";
    KeepsId "`execute` of an insert returns the id of the row",
        "write `User::insert(row).execute(&db).await?.last_insert_id`, or `.one(&db)` for the row";
    AddsRows "a row is inserted by a statement of its table", "write `User::insert(row).execute(&db)`";
    BeginsImmediate "`transaction` begins with BEGIN IMMEDIATE, and `transaction_with` takes another mode",
        "write `.transaction(|tx| async move {{ .. }})`";
    RunsSteps "`migrate` runs the steps that have not run yet", "write `.migrate(&STEPS)`";
    EndsTransaction "outside of a transaction each statement is committed at once",
        "write `let tx = db.begin().await?` and `tx.commit()`, or `db.transaction(|tx| ..)`";
    FindsRow "`find` of a table finds a row by its primary key", "write `User::find(1).one(&db)`";
    GivesConnection "`connect` opens an explicit connection", "write `db.connect()`";
    NestsTransaction "`begin` begins a nested transaction", "write `tx.begin()`";
    CreatesMissing "`create_if_missing` creates the tables that do not exist",
        "write `.create_if_missing((User, Post))`";
    GetsColumn "`get` returns a column of a row", "write `.get(\"name\")`";
    OpensDatabase "`open` opens a database", "write `Database::open(\"app.db\")`";
}

stubs! { [] Executor:
    (RunsSql<Answer<A>>) => Answer<A> {
        execute(&self, _text: impl Sized)
        query(&self, _text: impl Sized)
        fetch_all(&self, _text: impl Sized)
        fetch_one(&self, _text: impl Sized)
        fetch_optional(&self, _text: impl Sized)
        query_row(&self, _text: impl Sized, _values: impl Sized, _read: impl Sized)
        query_map(&self, _text: impl Sized, _values: impl Sized, _read: impl Sized)
        prepare(&self, _text: impl Sized)
    }
    (RunsScript<Answer<A>>) => Answer<A> {
        execute_batch(&self, _text: impl Sized)
        batch_execute(&self, _text: impl Sized)
        execute_unprepared(&self, _text: impl Sized)
    }
    (BeginsImmediate<Answer<A>>) => Answer<A> {
        immediate_transaction(&self, _closure: impl Sized)
        exclusive_transaction(&self, _closure: impl Sized)
    }
    (RunsSteps<Answer<A>>) => Answer<A> { run_pending_migrations(&self, _steps: impl Sized) }
    (KeepsId<A>) => A { last_insert_rowid(&self) }
    (AddsRows<A>) => A { add(&self, _row: impl Sized) add_all(&self, _rows: impl Sized) }
    (EndsTransaction<Answer<A>>) => Answer<A> { commit(&self) rollback(&self) flush(&self) }
    (FindsRow<Answer<A>>) => Answer<A> { get(&self, _table: impl Sized, _key: impl Sized) }
    (GivesConnection<Answer<A>>) => Answer<A> { acquire(&self) }
    (NestsTransaction<Answer<A>>) => Answer<A> { savepoint(&self) begin_nested(&self) }
    (CreatesMissing<Answer<A>>) => Answer<A> {
        create_all_if_missing(&self, _tables: impl Sized)
        create_tables(&self, _tables: impl Sized)
        create_table(&self, _table: impl Sized)
        create_if_not_exists(&self, _tables: impl Sized)
    }
}

stubs! { [] Row:
    (GetsColumn<Result<A>>) => Result<A> { try_get(&self, _column: impl Sized) }
}

stubs! { [] Database:
    (OpensDatabase<Answer<A>>) => Answer<A> { connect(_address: impl Sized) new(_address: impl Sized) }
}

/// Never implemented, so that calls of the functions `asc` and `desc` do not compile and the
/// compiler shows this message.
#[diagnostic::on_unimplemented(
    message = "the direction is a method of the column",
    label = "write `User::NAME.desc()`"
)]
pub trait SortedBy {}

/// Never implemented, so that calls of the functions `sum`, `avg`, `min` and `max` do not compile
/// and the compiler shows this message.
#[diagnostic::on_unimplemented(
    message = "an aggregate is a method of its column",
    label = "write `User::KARMA.sum()`, `.avg()`, `.min()` or `.max()`"
)]
pub trait Aggregated {}

/// Never implemented, so that calls of the function `count_star` do not compile and the compiler
/// shows this message.
#[diagnostic::on_unimplemented(
    message = "`count()` counts rows, and `User::CITY.count()` those in which a column is not NULL",
    label = "write `count()`"
)]
pub trait CountsRows<A> {
    fn answer() -> A;
}

/// Never implemented, so that calls of the function `excluded` do not compile and the compiler
/// shows this message.
#[diagnostic::on_unimplemented(
    message = "`excluded` is a method of a column, and gives the value that could not be inserted",
    label = "write `User::NAME.excluded()`, or `.set_excluded(User::NAME)` to set the column to it"
)]
pub trait IsExcluded {}

/// Never implemented, so that uses of `Set(..)` as the value of a field do not compile and the
/// compiler shows this message.
#[diagnostic::on_unimplemented(message = "a field of a new row is the value itself", label = "write the value itself")]
pub trait SetTo {}

#[doc(hidden)]
pub fn desc<A: SortedBy>(value: A) -> A {
    value
}

#[doc(hidden)]
pub fn asc<A: SortedBy>(value: A) -> A {
    value
}

#[doc(hidden)]
pub fn sum<A: Aggregated>(value: A) -> A {
    value
}

#[doc(hidden)]
pub fn avg<A: Aggregated>(value: A) -> A {
    value
}

#[doc(hidden)]
pub fn min<A: Aggregated>(value: A) -> A {
    value
}

#[doc(hidden)]
pub fn max<A: Aggregated>(value: A) -> A {
    value
}

#[doc(hidden)]
pub fn count_star<A>() -> A
where
    (): CountsRows<A>,
{
    <() as CountsRows<A>>::answer()
}

#[doc(hidden)]
pub fn excluded<A: IsExcluded>(column: A) -> A {
    column
}

#[doc(hidden)]
#[allow(non_snake_case)]
pub fn Set<A: SetTo>(value: A) -> A {
    value
}

/// Never implemented, so that calls of the function `insert_into` do not compile and the compiler
/// shows this message.
#[diagnostic::on_unimplemented(message = "`insert` of a table inserts a row", label = "write `User::insert(row)`")]
pub trait InsertedInto<A> {
    fn answer() -> A;
}

#[doc(hidden)]
pub fn insert_into<T: InsertedInto<A>, A>(_table: T) -> A {
    T::answer()
}

/// Never implemented, so that calls of the function `query_as` do not compile and the compiler
/// shows this message.
#[diagnostic::on_unimplemented(
    message = "the type of a row is inferred from the result",
    label = "write `sql!(\"..\").all(&db)`, whose type can be annotated: `let users: Vec<User> = ..`"
)]
pub trait ReadInto<A> {}

/// Never implemented, so that calls of the function `sql_query` do not compile and the compiler
/// shows this message.
#[diagnostic::on_unimplemented(
    message = "raw SQL is made by `sql!`, with the values in braces",
    label = "write `sql!(\"..\")`, or `query(text).bind(value)` for text that is made at run time"
)]
pub trait MadeBySql<A> {}

/// Never implemented, so that calls of the function `query_scalar` do not compile and the compiler
/// shows this message.
#[diagnostic::on_unimplemented(
    message = "`scalar` returns the first value of the first row",
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
pub fn sql_query<A>(text: impl Into<String>) -> Sql
where
    (): MadeBySql<A>,
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

/// Declares macros whose use is a compile error, which names the macro or method to use instead.
/// The crate `aio-sql` exports them without the leading underscores.
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
    __query: "write `sql!(\"..\")` with the values in braces: `sql!(\"select * from user where id = {id}\")`";
    __query_as: "write `sql!(\"..\")` with the values in braces; `.all(&db)` infers the type of the rows from its result";
    __query_scalar: "write `sql!(\"..\")` with the values in braces, and `.scalar(&db)`";
    __params: "write the values into the braces of `sql!(\"..\")`: `sql!(\"select * from user where id = {id}\")`";
}
