//! The types that a column can hold: values are read back as they were stored, and those of sorted
//! types sort as they do in Rust.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::future::Future;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aio_sql::{Database, ErrorKind, Result, SqlType, Table, query, sql};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

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

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Runs a check on batches of random values, using one database for all of them.
fn for_batches<S: Strategy>(strategy: S, check: impl AsyncFn(&Database, Vec<S::Value>) -> Result<()>)
where
    S::Value: Clone,
{
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let db = runtime.block_on(Database::memory()).unwrap();
    let config = Config { cases: 32, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&vec(strategy, 1..48), |values| {
        runtime.block_on(check(&db, values)).map_err(|error| TestCaseError::fail(error.to_string()))
    });
    runtime.block_on(db.close()).unwrap();
    if let Err(error) = result {
        panic!("{error}");
    }
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

            fn cells(values: &[$type]) -> Vec<Cell> {
                let maybe = |place: usize| (place % 3 > 0).then(|| values[values.len() - 1 - place].clone());
                values.iter().enumerate().map(|(place, value)| Cell { id: place as i64, value: value.clone(), maybe: maybe(place) }).collect()
            }

            async fn fill(db: &Database, values: &[$type]) -> Result<Vec<Cell>> {
                if !db.has_table("cell").await? {
                    db.create(Cell).await?;
                }
                Cell::delete().all_rows().execute(db).await?;
                let cells = cells(values);
                let stored = Cell::insert_all(cells.clone()).all(db).await?;
                assert_eq!(stored, cells, "what the insert gave back");
                Ok(cells)
            }

            #[test]
            fn comes_back_as_it_was_stored() {
                for_batches($strategy, async |db, values| {
                    let cells = fill(db, &values).await?;
                    assert_eq!(Cell::select().order_by(Cell::ID).all(db).await?, cells);
                    for cell in cells.iter().take(5) {
                        let found = Cell::select().filter(Cell::VALUE.eq(cell.value.clone())).all(db).await?;
                        assert!(found.contains(cell), "{cell:?} is found by its value");
                        assert!(found.iter().all(|found| found.value == cell.value), "and no other is");
                    }
                    Ok(())
                });
            }

            #[test]
            fn comes_back_at_its_extremes() {
                block_on(async {
                    let db = Database::memory().await?;
                    db.create(Cell).await?;
                    let extremes: Vec<$type> = $extremes;
                    for (place, value) in extremes.into_iter().enumerate() {
                        let cell = Cell { id: place as i64, value: value.clone(), maybe: Some(value) };
                        assert_eq!(Cell::insert(cell.clone()).one(&db).await?, cell);
                        assert_eq!(Cell::find(cell.id).one(&db).await?, cell);
                        assert_eq!(Cell::select().filter(Cell::MAYBE.eq(cell.value.clone())).count(&db).await?, 1);
                    }
                    db.close().await
                })
                .unwrap();
            }

            stored_types!(@$kind $type, $strategy, $extremes);
        }
    )+ };
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

            let (low, high) = (values[0].clone(), values[values.len() / 2].clone());
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

        #[test]
        fn sorts_and_compares_as_in_rust() {
            for_batches($strategy, agrees_with_rust);
        }

        #[test]
        fn sorts_and_compares_at_its_extremes() {
            block_on(async {
                let db = Database::memory().await?;
                let mut extremes: Vec<$type> = $extremes;
                for _ in 0..extremes.len() {
                    agrees_with_rust(&db, extremes.clone()).await?;
                    extremes.rotate_left(1);
                }
                db.close().await
            })
            .unwrap();
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

/// Returns a text with characters from the beginning and the end of every Unicode plane.
fn every_plane() -> String {
    (0..=16u32)
        .flat_map(|plane| [0x0000, 0x0041, 0xd7ff, 0xe000, 0xfffd, 0xfffe, 0xffff].map(|low| plane << 16 | low))
        .filter_map(char::from_u32)
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

#[tokio::test]
async fn negative_zero_is_stored_as_zero() -> Result<()> {
    #[derive(Table, Debug)]
    struct Zero {
        #[column(primary_key)]
        id: i64,
        wide: f64,
        narrow: f32,
        maybe: Option<f64>,
    }
    let db = Database::memory().await?;
    db.create(Zero).await?;
    let stored = Zero::insert(Zero { id: 1, wide: -0.0, narrow: -0.0, maybe: Some(-0.0) }).one(&db).await?;
    let read = Zero::find(1).one(&db).await?;
    for zero in [stored, read] {
        assert_eq!((zero.wide.to_bits(), zero.narrow.to_bits(), zero.maybe.map(f64::to_bits)), (0, 0, Some(0)));
    }
    let (bound, kind): (f64, String) = query("select ?, typeof(?)").bind(-0.0).bind(-0.0).one(&db).await?;
    assert_eq!((bound.to_bits(), kind.as_str()), (0, "real"), "in a statement without a column too");
    db.close().await
}

#[tokio::test]
async fn an_enum_is_stored_as_its_text_or_its_number() -> Result<()> {
    let db = Database::memory().await?;
    let texts: (String, String, String) =
        query("select ?, ?, ?").bind(Grade::Grand).bind(Color::LightBlue).bind(Email("a@b.c".into())).one(&db).await?;
    assert_eq!(texts, ("it's \"grand\"".to_owned(), "light_blue".to_owned(), "a@b.c".to_owned()));
    let numbers: (i64, i64, i64) =
        query("select ?, ?, ?").bind(Level::Mid).bind(Level::Lowest).bind(Serial(7)).one(&db).await?;
    assert_eq!(numbers, (-2, i64::MIN, 7));
    db.close().await
}
