//! Nested expressions and queries: as deep as is safe on a thread with a stack of 2 MiB, and an
//! error beyond that.

#![allow(clippy::unwrap_used)]

use std::thread;

use aio_sql::{
    Collation, Condition, Database, Dialect, Error, ErrorKind, Expr, Record, Result, Select, Table, all_of, any_of,
    case, cte, exists, not, value, window,
};
use servers::on_every_database;

/// The stack size of a thread that Rust's standard library spawns by default.
const STACK: usize = 2 << 20;

/// The depth of what a server runs. PostgreSQL computes twice what stands in a BETWEEN, so that
/// each level takes twice the time of the one in it.
const ON_A_SERVER: usize = 10;

/// The depth of what is written for a server. For an expression in a CASE, the time grows with the
/// third power of its depth.
const WRITTEN: usize = 100;

/// A depth that no real query has.
const FAR_TOO_DEEP: usize = 100_000;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "items")]
struct Item {
    #[column(primary_key, auto)]
    id: i64,
    n: i64,
    name: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "notes")]
struct Note {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = Item::ID)]
    item_id: i64,
}

#[derive(Record, Clone, Debug, PartialEq)]
struct Named {
    n: i64,
}

type Number = Expr<(Item,), i64>;

/// Runs code on a thread with the default stack size, which the threads of async runtimes have
/// too.
fn on_a_thread<T: Send + 'static>(address: &str, code: impl AsyncFnOnce(&Database) -> T + Send + 'static) -> T {
    let address = address.to_owned();
    let body = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let db = Database::open(address).await.unwrap();
            db.create_if_missing((Item, Note)).await.unwrap();
            Item::delete().all_rows().execute(&db).await.unwrap();
            Item::insert_all([1, 2, 3].map(|n| NewItem { n, name: "x".into() })).execute(&db).await.unwrap();
            let done = code(&db).await;
            db.close().await.unwrap();
            done
        })
    };
    thread::Builder::new().stack_size(STACK).spawn(body).unwrap().join().unwrap()
}

fn numbers(levels: usize, more: impl Fn(Number) -> Number) -> Condition<Item> {
    Condition::<Item>::from((0..levels).fold(Item::N + 1, |inner, _| more(inner)).gt(0))
}

fn conditions(levels: usize, more: impl Fn(Condition<Item>) -> Condition<Item>) -> Condition<Item> {
    (0..levels).fold(Item::N.gt(0), |inner, _| more(inner))
}

fn holds() -> Condition<Item> {
    Item::ID.gt(0)
}

type Build = (&'static str, fn(usize) -> Condition<Item>);

/// The ways of nesting expressions, each with a function that builds an expression of the given
/// number of levels.
const EXPRESSIONS: [Build; 20] = [
    ("a sum", |levels| numbers(levels, |inner| inner + 1)),
    ("the right side", |levels| conditions(levels, |inner| value(1).eq(inner.cast::<i64>()).into())),
    ("a negation", |levels| numbers(levels, |inner| -inner)),
    ("a function", |levels| numbers(levels, |inner| inner.abs())),
    ("a cast", |levels| numbers(levels, |inner| inner.cast::<i64>())),
    ("a case", |levels| conditions(levels, |inner| case().when(holds(), inner).otherwise(false).into())),
    ("an otherwise", |levels| conditions(levels, |inner| case().when(holds(), true).otherwise(inner).into())),
    ("a condition of a case", |levels| conditions(levels, |inner| case().when(inner, true).otherwise(false).into())),
    ("`not`", |levels| conditions(levels, not)),
    ("`and` in `or`", |levels| conditions(levels, |inner| any_of([all_of([inner, holds()]), holds()]))),
    ("`is_null`", |levels| conditions(levels, |inner| inner.is_null().into())),
    ("`eq`", |levels| conditions(levels, |inner| inner.eq(true))),
    ("`between`", |levels| conditions(levels, |inner| inner.cast::<i64>().between(0, 1))),
    ("`is_in`", |levels| conditions(levels, |inner| inner.is_in([true, false]))),
    ("`like`", |levels| conditions(levels, |inner| inner.cast::<String>().like("%"))),
    ("a chain of texts", |levels| (0..levels).fold(Item::NAME.lower(), |inner, _| inner.concat("x")).ne("")),
    ("a collation", |levels| (0..levels).fold(Item::NAME.lower(), |inner, _| inner.collate(Collation::NoCase)).ne("")),
    ("a query among the values", |levels| {
        conditions(levels, |inner| Item::N.is_in(Item::select().filter(inner).columns(Item::N)).into())
    }),
    ("`exists`", |levels| conditions(levels, |inner| exists(Item::select().filter(inner)).into())),
    ("a query as a value", |levels| {
        conditions(levels, |inner| {
            let first = Item::select().filter(inner).columns(Item::N).limit(1).scalar_subquery();
            first.gt(0).into()
        })
    }),
];

type BuildQuery = (&'static str, fn(usize) -> Select<Named, i64>);

/// The ways of nesting queries, each with a function that builds a query of the given number of
/// levels.
const QUERIES: [BuildQuery; 3] = [
    ("a query with a name", |levels| queries(levels, |inner| cte(Named, inner).select().columns(Named::N))),
    ("a distinct query", |levels| queries(levels, |inner| cte(Named, inner).distinct().select().columns(Named::N))),
    ("a union", |levels| {
        queries(levels, |inner| {
            let all = inner.union(Item::select().columns(Item::N)).limit(5).union_all(Item::select().columns(Item::N));
            cte(Named, all).select().columns(Named::N)
        })
    }),
];

fn queries(levels: usize, more: impl Fn(Select<Named, i64>) -> Select<Named, i64>) -> Select<Named, i64> {
    let first = cte(Named, Item::select().columns(Item::N)).select().columns(Named::N);
    (0..levels).fold(first, |inner, _| more(inner))
}

/// Asserts that the error says that there are too many levels, and what to use instead.
fn refused(error: &Error, what: &str) {
    assert_eq!(*error.kind(), ErrorKind::Usage, "{what}: {error}");
    let message = error.to_string();
    for part in ["levels deep", "`all_of`", "`any_of`", "`is_in`", "temporary table"] {
        assert!(message.contains(part), "{what}: {message}");
    }
}

/// Returns the maximum number of levels for which `works` returns true.
fn most(works: impl Fn(usize) -> bool) -> usize {
    let (mut works_with, mut fails_with) = (1, FAR_TOO_DEEP);
    while fails_with - works_with > 1 {
        let middle = usize::midpoint(works_with, fails_with);
        if works(middle) { works_with = middle } else { fails_with = middle }
    }
    works_with
}

fn filtered(condition: Condition<Item>) -> Select<Item> {
    Item::select().filter(condition)
}

#[on_every_database]
async fn a_much_too_deep_expression_is_an_error_that_says_what_to_do(address: String) -> Result<()> {
    for (what, build) in EXPRESSIONS {
        on_a_thread(&address, async move |db| {
            let condition = build(FAR_TOO_DEEP);
            refused(&filtered(condition.clone()).all(db).await.unwrap_err(), what);
            refused(&filtered(condition.clone()).count(db).await.unwrap_err(), what);
            refused(&filtered(condition.clone()).to_sql(db.dialect()).unwrap_err(), what);
            assert!(format!("{condition:?}").len() < 10_000_000, "{what}");
        });
    }
    Ok(())
}

#[on_every_database]
async fn a_much_too_deep_query_is_an_error_that_says_what_to_do(address: String) -> Result<()> {
    for (what, build) in QUERIES {
        on_a_thread(&address, async move |db| {
            let query = build(FAR_TOO_DEEP);
            refused(&query.clone().all(db).await.unwrap_err(), what);
            refused(&query.clone().count(db).await.unwrap_err(), what);
            refused(&query.to_sql(db.dialect()).unwrap_err(), what);
            assert!(format!("{query:?}").len() < 10_000_000, "{what}");
        });
    }
    Ok(())
}

/// Asserts that the query succeeds or is refused: by the library if its limit on levels is
/// exceeded, or by SQLite if SQLite counts one level as several.
fn done_or_refused<T>(result: Result<T>, what: &str) {
    let Err(error) = result else { return };
    match error.kind() {
        // Such a server has no collation without regard to case.
        ErrorKind::Sql if error.to_string().contains("ICU is not supported in this build") => {}
        ErrorKind::Sql => assert!(error.to_string().contains("temporary table"), "{what}: {error}"),
        _ => refused(&error, what),
    }
}

#[on_every_database]
async fn an_expression_of_the_maximum_depth_works_everywhere(address: String) -> Result<()> {
    for (what, build) in EXPRESSIONS {
        on_a_thread(&address, async move |db| {
            let levels = most(|levels| filtered(build(levels)).to_sql(Dialect::Sqlite).is_ok());
            assert!(levels > 100, "{what}: {levels}");
            let deepest = build(levels);
            assert!(!format!("{deepest:?}").is_empty() && !format!("{deepest:#?}").is_empty());
            let condition = match db.dialect() {
                Dialect::Sqlite => deepest,
                dialect => {
                    assert!(filtered(build(WRITTEN)).to_sql(dialect).is_ok(), "{what}");
                    build(ON_A_SERVER)
                }
            };
            done_or_refused(filtered(condition.clone()).all(db).await, what);
            done_or_refused(filtered(condition.clone()).exists(db).await, what);
            done_or_refused(filtered(condition.clone()).page(2).all(db).await, what);
            done_or_refused(filtered(condition.clone()).with(Note).all(db).await, what);
            done_or_refused(
                Item::select().order_by(condition.clone()).limit(1).columns(condition.clone()).all(db).await,
                what,
            );
            let grouped = Item::select().group_by(condition.clone()).having(condition.clone());
            done_or_refused(
                grouped.columns((condition.clone(), Item::N.max().filter(condition.clone()))).all(db).await,
                what,
            );
            let union = Item::select().columns(condition.clone()).union(Item::select().columns(condition.clone()));
            done_or_refused(union.order_by(condition.clone()).all(db).await, what);
            done_or_refused(Note::select().join_on(Item, condition.clone()).all(db).await, what);
            done_or_refused(Item::update().set(Item::N, Item::N).filter(condition.clone()).execute(db).await, what);
            done_or_refused(Item::delete().filter(condition.clone().and(Item::ID.lt(0))).execute(db).await, what);
            let shifted = case().when(condition, 1).otherwise(2).sum().over(window());
            done_or_refused(Item::select().columns(shifted).all(db).await, what);
        });
    }
    Ok(())
}

#[on_every_database]
async fn a_query_of_the_maximum_depth_works_everywhere(address: String) -> Result<()> {
    for (what, build) in QUERIES {
        on_a_thread(&address, async move |db| {
            let levels = most(|levels| build(levels).to_sql(Dialect::Sqlite).is_ok());
            assert!(levels > 100, "{what}: {levels}");
            let deepest = build(levels);
            assert!(!format!("{deepest:?}").is_empty() && !format!("{deepest:#?}").is_empty());
            let query = match db.dialect() {
                Dialect::Sqlite => deepest,
                dialect => {
                    assert!(build(WRITTEN).to_sql(dialect).is_ok(), "{what}");
                    build(ON_A_SERVER)
                }
            };
            done_or_refused(query.clone().all(db).await, what);
            done_or_refused(query.clone().exists(db).await, what);
            done_or_refused(query.clone().count(db).await, what);
            done_or_refused(query.limit(1).all(db).await, what);
        });
    }
    Ok(())
}

#[on_every_database]
async fn a_long_list_of_conditions_does_not_count_as_many_levels(address: String) -> Result<()> {
    on_a_thread(&address, async |db| {
        let all = all_of((0..20_000).map(|n| Item::N.ne(-n)));
        assert_eq!(*Item::select().filter(all.clone()).count(db).await.as_ref().unwrap(), 3);
        assert!(Item::select().filter(all).to_sql(db.dialect()).unwrap().text.len() > 200_000);
    });
    Ok(())
}
