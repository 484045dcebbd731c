//! The types that a column can hold: values are read back as they were stored, and those of sorted
//! types sort as they do in Rust.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aio_sql::types::Type;
use aio_sql::{Database, Dialect, ErrorKind, Result, SqlType, Table, Value, query, sql};
use futures_lite::future::block_on;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use servers::on_every_database;

#[path = "values/defaults.rs"]
mod defaults;
#[path = "values/forms.rs"]
mod forms;
#[path = "values/kinds.rs"]
mod kinds;
#[path = "values/now.rs"]
mod now;
#[path = "values/operators.rs"]
mod operators;
#[path = "values/ranges.rs"]
mod ranges;
#[path = "values/spans.rs"]
mod spans;
#[path = "values/stamps.rs"]
mod stamps;
#[path = "values/text_match.rs"]
mod text_match;
#[path = "values/unstorable.rs"]
mod unstorable;

#[cfg(feature = "rust_decimal")]
#[path = "values/captured.rs"]
mod captured;
#[cfg(feature = "rust_decimal")]
#[path = "values/decimal.rs"]
mod decimal;
#[cfg(feature = "json")]
#[path = "values/json.rs"]
mod json;
#[path = "values/time.rs"]
mod times;

/// Runs a check on batches of random values that the database can store.
async fn for_batches<S: Strategy>(
    db: &Database,
    strategy: S,
    check: impl AsyncFn(&Database, Vec<S::Value>) -> Result<()>,
) -> Result<()>
where
    S::Value: SqlType + Clone,
{
    let dialect = db.dialect();
    // A statement takes longer on a server.
    let cases = if dialect == Dialect::Sqlite { 32 } else { 8 };
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let storable = strategy.prop_filter("the database can store it", move |value| is_storable(dialect, value));
    let result = TestRunner::new(config).run(&vec(storable, 1..48), |values| {
        block_on(check(db, values)).map_err(|error| TestCaseError::fail(format!("{error:?}")))
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    Ok(())
}

/// Returns whether a database can store a value: PostgreSQL has no text with NUL, also not within
/// JSON.
fn is_storable<T: SqlType>(dialect: Dialect, value: &T) -> bool {
    match value.to_value() {
        Ok(Value::Text(text)) if dialect == Dialect::Postgres => {
            !text.contains('\0') && !has_nul_in_json(T::TYPE, &text)
        }
        value => value.is_ok(),
    }
}

fn has_nul_in_json(ty: Type, text: &str) -> bool {
    // An escaped backslash before `u0000` makes it a text of six characters.
    ty == Type::Json && text.replace("\\\\", "").contains("\\u0000")
}

/// Returns a value as the database gives it back: PostgreSQL stores microseconds, except in the
/// encodings of other programs.
fn as_stored<T: SqlType + Clone>(db: &Database, value: &T, is_encoded: bool) -> T {
    let cut = |nanosecond: u32| nanosecond - nanosecond % 1_000;
    let stored = match value.to_value() {
        _ if is_encoded || db.dialect() == Dialect::Sqlite => return value.clone(),
        Ok(Value::Timestamp { seconds, nanosecond }) => Value::Timestamp { seconds, nanosecond: cut(nanosecond) },
        Ok(Value::DateTime { seconds, nanosecond }) => Value::DateTime { seconds, nanosecond: cut(nanosecond) },
        Ok(Value::Time { nanoseconds }) => Value::Time { nanoseconds: nanoseconds - nanoseconds % 1_000 },
        _ => return value.clone(),
    };
    T::from_value(stored.as_ref()).unwrap()
}

/// Defines a module with tests for each type. Stored values are read back unchanged, and the
/// database sorts and compares the values of sorted types as Rust does.
macro_rules! stored_types {
    ($($(#[$form:meta])? $kind:ident $name:ident: $type:ty = $strategy:expr, extremes $extremes:expr;)+) => { $(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            #[derive(Table, Clone, Debug, PartialEq)]
            struct Cell {
                #[column(primary_key)]
                id: i64,
                $(#[$form])?
                value: $type,
                $(#[$form])?
                maybe: Option<$type>,
            }

            const IS_ENCODED: bool = stored_types!(@is_encoded $(#[$form])?);

            fn cells(values: &[$type]) -> Vec<Cell> {
                let maybe = |place: usize| (place % 3 > 0).then(|| values[values.len() - 1 - place].clone());
                values.iter().enumerate().map(|(place, value)| Cell { id: place as i64, value: value.clone(), maybe: maybe(place) }).collect()
            }

            /// Stores the values, and returns the rows as the database has them.
            async fn fill(db: &Database, values: &[$type]) -> Result<Vec<Cell>> {
                if !db.has_table("cell").await? {
                    db.create(Cell).await?;
                }
                Cell::delete().all_rows().execute(db).await?;
                let returned = Cell::insert_all(cells(values)).all(db).await?;
                let stored = cells(&values.iter().map(|value| as_stored(db, value, IS_ENCODED)).collect::<Vec<_>>());
                assert_eq!(returned, stored, "what the insert gave back");
                Ok(stored)
            }

            #[on_every_database]
            async fn comes_back_as_it_was_stored(db: Database) -> Result<()> {
                for_batches(&db, $strategy, async |db, values| {
                    let cells = fill(db, &values).await?;
                    assert_eq!(Cell::select().order_by(Cell::ID).all(db).await?, cells);
                    for (cell, value) in cells.iter().zip(values).take(5) {
                        let found = Cell::select().filter(Cell::VALUE.eq(value)).all(db).await?;
                        assert!(found.contains(cell), "{cell:?} is found by its value");
                        assert!(found.iter().all(|found| found.value == cell.value), "and no other is");
                    }
                    Ok(())
                })
                .await?;
                db.close().await
            }

            #[on_every_database]
            async fn comes_back_at_its_extremes(db: Database) -> Result<()> {
                db.create(Cell).await?;
                let extremes: Vec<$type> = $extremes;
                for (id, value) in (0..).zip(extremes) {
                    let cell = Cell { id, value: value.clone(), maybe: Some(value.clone()) };
                    if !is_storable(db.dialect(), &value) {
                        let error = Cell::insert(cell).one(&db).await.unwrap_err();
                        let expected = ErrorKind::Unstorable { table: Some("cell".into()), column: Some("value".into()) };
                        assert_eq!(*error.kind(), expected, "{error}");
                        continue;
                    }
                    let stored = as_stored(&db, &value, IS_ENCODED);
                    let stored = Cell { id, value: stored.clone(), maybe: Some(stored) };
                    assert_eq!(Cell::insert(cell).one(&db).await?, stored);
                    assert_eq!(Cell::find(id).one(&db).await?, stored);
                    assert_eq!(Cell::select().filter(Cell::MAYBE.eq(value)).filter(Cell::ID.eq(id)).count(&db).await?, 1);
                }
                db.close().await
            }

            stored_types!(@$kind $type, $strategy, $extremes);
        }
    )+ };
    (@is_encoded) => { false };
    (@is_encoded #[$form:meta]) => { true };
    (@unsorted $type:ty, $strategy:expr, $extremes:expr) => {};
    (@sorted $type:ty, $strategy:expr, $extremes:expr) => {
        async fn agrees_with_rust(db: &Database, values: Vec<$type>) -> Result<()> {
            let cells = fill(db, &values).await?;
            let ids = |mut cells: Vec<&Cell>, compare: fn(&Cell, &Cell) -> Option<std::cmp::Ordering>| {
                cells.sort_by(|a, b| compare(a, b).expect("no NaN is stored"));
                cells.into_iter().map(|cell| cell.id).collect::<Vec<_>>()
            };
            let by_value = Cell::select().order_by((Cell::VALUE, Cell::ID)).columns(Cell::ID).all(db).await?;
            assert_eq!(by_value, ids(cells.iter().collect(), |a, b| a.value.partial_cmp(&b.value)), "order_by");
            let descending = Cell::select().order_by((Cell::MAYBE.desc(), Cell::ID.asc())).columns(Cell::ID);
            let reversed = ids(cells.iter().collect(), |a, b| b.maybe.partial_cmp(&a.maybe));
            assert_eq!(descending.all(db).await?, reversed, "desc, where None is the least");

            let (low, high) = (cells[0].value.clone(), cells[cells.len() / 2].value.clone());
            let where_holds = |condition: &dyn Fn(&Cell) -> bool| {
                cells.iter().filter(|cell| condition(cell)).map(|cell| cell.id).collect::<Vec<_>>()
            };
            let all = || Cell::select().order_by(Cell::ID).columns(Cell::ID);
            let less = all().filter(Cell::VALUE.lt(low.clone())).all(db).await?;
            assert_eq!(less, where_holds(&|cell| cell.value < low), "lt {low:?}");
            let at_least = all().filter(Cell::MAYBE.ge(low.clone())).all(db).await?;
            assert_eq!(at_least, where_holds(&|cell| cell.maybe.as_ref().is_some_and(|maybe| *maybe >= low)), "ge {low:?}");
            let between = all().filter(Cell::VALUE.between(low.clone(), high.clone())).all(db).await?;
            assert_eq!(between, where_holds(&|cell| low <= cell.value && cell.value <= high), "between {low:?} {high:?}");
            let either = all().filter(Cell::VALUE.is_in([low.clone(), high.clone()])).all(db).await?;
            assert_eq!(either, where_holds(&|cell| cell.value == low || cell.value == high), "is_in");
            Ok(())
        }

        #[on_every_database]
        async fn sorts_and_compares_as_in_rust(db: Database) -> Result<()> {
            for_batches(&db, $strategy, agrees_with_rust).await?;
            db.close().await
        }

        #[on_every_database]
        async fn sorts_and_compares_at_its_extremes(db: Database) -> Result<()> {
            let mut extremes: Vec<$type> = $extremes;
            extremes.retain(|value| is_storable(db.dialect(), value));
            for _ in 0..extremes.len() {
                agrees_with_rust(&db, extremes.clone()).await?;
                extremes.rotate_left(1);
            }
            db.close().await
        }
    };
}
// The modules that are declared above the macro use it, too.
#[allow(unused_imports)]
pub(crate) use stored_types;

fn text() -> impl Strategy<Value = String> {
    let char = prop_oneof![any::<char>(), prop::char::range('\0', '\u{7f}'), Just('\0')];
    vec(char, 0..8).prop_map(String::from_iter)
}

/// Returns a text with characters from the beginning and the end of every Unicode plane, without
/// NUL.
fn every_plane() -> String {
    (0..=16u32)
        .flat_map(|plane| [0x0000, 0x0041, 0xd7ff, 0xe000, 0xfffd, 0xfffe, 0xffff].map(|low| plane << 16 | low))
        .filter_map(char::from_u32)
        .filter(|c| *c != '\0')
        .collect()
}

fn real() -> impl Strategy<Value = f64> {
    use prop::num::f64::{INFINITE, NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO | INFINITE
}

fn short_real() -> impl Strategy<Value = f32> {
    use prop::num::f32::{INFINITE, NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO | INFINITE
}

/// The first second of the year 0 and the last second of the year 9999, counted from 1970.
const FIRST_SECOND: i64 = -62_167_219_200;
const LAST_SECOND: i64 = 253_402_300_799;

fn time_at(seconds: i64, nanoseconds: u32) -> SystemTime {
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let start = if seconds < 0 { UNIX_EPOCH - whole } else { UNIX_EPOCH + whole };
    start + Duration::from_nanos(nanoseconds.into())
}

#[derive(SqlType, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    Bad,
    Good,
    #[sql_type(name = "it's \"grand\"")]
    Grand,
}

#[derive(SqlType, Clone, Copy, Debug, PartialEq, Eq)]
enum Color {
    Red,
    Green,
    Blue,
    LightBlue,
}

#[derive(SqlType, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[sql_type(integer)]
#[repr(i64)]
enum Level {
    Lowest = -9_223_372_036_854_775_808,
    Low = -3,
    Mid,
    High = 7,
    Highest = 9_223_372_036_854_775_807,
}

#[derive(SqlType, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Email(String);

#[derive(SqlType, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Serial(u32);

stored_types! {
    sorted i8_: i8 = any::<i8>(), extremes vec![i8::MIN, -1, 0, 1, i8::MAX];
    sorted i16_: i16 = any::<i16>(), extremes vec![i16::MIN, -1, 0, 1, i16::MAX];
    sorted i32_: i32 = any::<i32>(), extremes vec![i32::MIN, -1, 0, 1, i32::MAX];
    sorted i64_: i64 = any::<i64>(), extremes vec![i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
    sorted isize_: isize = any::<isize>(), extremes vec![isize::MIN, -1, 0, 1, isize::MAX];
    sorted u8_: u8 = any::<u8>(), extremes vec![0, 1, u8::MAX];
    sorted u16_: u16 = any::<u16>(), extremes vec![0, 1, u16::MAX];
    sorted u32_: u32 = any::<u32>(), extremes vec![0, 1, u32::MAX];
    sorted u64_: u64 = 0..=i64::MAX as u64, extremes vec![0, 1, i64::MAX as u64];
    sorted usize_: usize = 0..=i64::MAX as usize, extremes vec![0, 1, i64::MAX as usize];
    sorted f64_: f64 = real(), extremes vec![
        f64::NEG_INFINITY, f64::MIN, -1.0, -f64::MIN_POSITIVE, -5e-324, 0.0, 5e-324, f64::MIN_POSITIVE / 2.0,
        f64::MIN_POSITIVE, 0.1, 1.0, 9_007_199_254_740_993.0, 1e18, f64::MAX, f64::INFINITY,
    ];
    sorted f32_: f32 = short_real(), extremes vec![
        f32::NEG_INFINITY, f32::MIN, -1.0, -f32::MIN_POSITIVE, -1e-45, 0.0, 1e-45, f32::MIN_POSITIVE / 2.0,
        f32::MIN_POSITIVE, 0.1, 1.0, 16_777_217.0, f32::MAX, f32::INFINITY,
    ];
    sorted bool_: bool = any::<bool>(), extremes vec![false, true];
    sorted char_: char = any::<char>(), extremes vec!['\0', 'a', '\u{7f}', '\u{80}', '\u{d7ff}', '\u{e000}', '\u{ffff}', '\u{10000}', char::MAX];
    sorted string: String = text(), extremes vec![
        String::new(), "\0".into(), "a\0b".into(), "a".into(), every_plane(), "\u{10ffff}".repeat(3), "12".into(), "NULL".into(),
        "x".repeat(1 << 20),
    ];
    sorted boxed_str: Box<str> = text().prop_map(Box::from), extremes vec!["".into(), "a\0b".into(), every_plane().into()];
    sorted bytes: Vec<u8> = vec(any::<u8>(), 0..8), extremes vec![
        vec![], vec![0], vec![0, 0], vec![255], b"text".to_vec(), (0..1 << 20).map(|place| place as u8).collect(),
    ];
    sorted byte_array: [u8; 4] = any::<[u8; 4]>(), extremes vec![[0; 4], *b"text", [255; 4]];
    sorted no_bytes: [u8; 0] = Just([]), extremes vec![[]];
    sorted system_time: SystemTime = (FIRST_SECOND..=LAST_SECOND, 0..1_000_000_000u32).prop_map(|(s, n)| time_at(s, n)), extremes vec![
        time_at(FIRST_SECOND, 0), time_at(FIRST_SECOND, 1), time_at(-1, 999_999_999), UNIX_EPOCH, time_at(0, 1),
        time_at(951_782_400, 0), time_at(LAST_SECOND, 999_999_999),
    ];
    sorted duration: Duration = (0..=i64::MAX as u64).prop_map(Duration::from_nanos), extremes vec![
        Duration::ZERO, Duration::from_nanos(1), Duration::from_nanos(i64::MAX as u64),
    ];
    sorted sorted_enum: Grade = prop_oneof![Just(Grade::Bad), Just(Grade::Good), Just(Grade::Grand)],
        extremes vec![Grade::Bad, Grade::Good, Grade::Grand];
    unsorted text_enum: Color = prop_oneof![Just(Color::Red), Just(Color::Green), Just(Color::Blue), Just(Color::LightBlue)],
        extremes vec![Color::Red, Color::Green, Color::Blue, Color::LightBlue];
    sorted integer_enum: Level = prop_oneof![Just(Level::Low), Just(Level::Mid), Just(Level::High)],
        extremes vec![Level::Lowest, Level::Low, Level::Mid, Level::High, Level::Highest];
    sorted text_newtype: Email = text().prop_map(Email), extremes vec![Email(String::new()), Email("a\0b".into())];
    sorted integer_newtype: Serial = any::<u32>().prop_map(Serial), extremes vec![Serial(0), Serial(u32::MAX)];
}

#[cfg(feature = "uuid")]
stored_types! {
    sorted uuid_: uuid::Uuid = any::<[u8; 16]>().prop_map(uuid::Uuid::from_bytes),
        extremes vec![uuid::Uuid::nil(), uuid::Uuid::from_u128(1), uuid::Uuid::now_v7(), uuid::Uuid::max()];
}

#[on_every_database]
async fn negative_zero_is_stored_as_zero(db: Database) -> Result<()> {
    #[derive(Table, Debug)]
    struct Zero {
        #[column(primary_key)]
        id: i64,
        wide: f64,
        narrow: f32,
        maybe: Option<f64>,
    }
    db.create(Zero).await?;
    let stored = Zero::insert(Zero { id: 1, wide: -0.0, narrow: -0.0, maybe: Some(-0.0) }).one(&db).await?;
    let read = Zero::find(1).one(&db).await?;
    for zero in [stored, read] {
        assert_eq!((zero.wide.to_bits(), zero.narrow.to_bits(), zero.maybe.map(f64::to_bits)), (0, 0, Some(0)));
    }
    let bound: f64 = sql!("select {-0.0}").one(&db).await?;
    assert_eq!(bound.to_bits(), 0, "in a statement without a column too");
    db.close().await
}

#[on_every_database]
async fn an_enum_is_stored_as_its_text_or_its_number(db: Database) -> Result<()> {
    let (grade, color, email) = (Grade::Grand, Color::LightBlue, Email("a@b.c".into()));
    let texts: (String, String, String) = sql!("select {grade}, {color}, {email}").one(&db).await?;
    assert_eq!(texts, ("it's \"grand\"".to_owned(), "light_blue".to_owned(), "a@b.c".to_owned()));
    let (mid, lowest, serial) = (Level::Mid, Level::Lowest, Serial(7));
    let numbers: (i64, i64, i64) = sql!("select {mid}, {lowest}, {serial}").one(&db).await?;
    assert_eq!(numbers, (-2, i64::MIN, 7));
    db.close().await
}
