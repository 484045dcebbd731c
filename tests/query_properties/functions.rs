//! Functions, conversions and aggregates have the same values on every database.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aio_sql::expr::FrameBound;
use aio_sql::{Collation, Json, case, count, value, window};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::*;

#[derive(Table, Clone, Debug)]
struct Sample {
    #[column(primary_key)]
    id: i64,
    i: Option<i64>,
    n: u32,
    f: Option<f64>,
    s: Option<String>,
    #[column(collate = nocase)]
    c: Option<String>,
    b: Option<bool>,
    at: Option<SystemTime>,
    d: Option<jiff::civil::Date>,
    t: Option<jiff::civil::Time>,
    w: Option<jiff::civil::DateTime>,
    #[column(json)]
    list: Vec<Option<i64>>,
    u: Option<Uuid>,
    bytes: Option<Vec<u8>>,
    #[column(scale = 2)]
    p: Option<Decimal>,
    x: Option<Decimal>,
}

fn texts() -> impl Strategy<Value = String> {
    let parts = select(vec!["", "a", "A", "b", "B", "é", "É", "z", " ", "%", "_", "\\", "12", "-3", "1.5", "e2", "."]);
    vec(parts, 0..4).prop_map(|parts| parts.concat())
}

/// Texts of ASCII, in which `nocase` has the same meaning on every database.
fn ascii() -> impl Strategy<Value = String> {
    vec(select(vec!["a", "A", "b", "B", "z", "1", "12"]), 0..4).prop_map(|parts| parts.concat())
}

fn times() -> impl Strategy<Value = SystemTime> {
    // From the year 0 to the year 9999, in microseconds.
    let first_and_last = vec![-62_167_219_200, -62_162_121_601, -62_135_596_801, -62_135_596_800, 253_402_300_799];
    let seconds = prop_oneof![4 => -62_167_219_200_i64..253_402_300_800, 1 => select(first_and_last)];
    (seconds, 0_u64..1_000_000).prop_map(|(seconds, microseconds)| {
        let fraction = Duration::from_micros(microseconds);
        match u64::try_from(seconds) {
            Ok(seconds) => UNIX_EPOCH + Duration::from_secs(seconds) + fraction,
            Err(_) => UNIX_EPOCH - Duration::from_secs(seconds.unsigned_abs()) + fraction,
        }
    })
}

fn zoned(time: SystemTime) -> jiff::civil::DateTime {
    // A `Timestamp` of jiff ends a day before the year 9999 does.
    let epoch = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => epoch.checked_add(after).unwrap(),
        Err(before) => epoch.checked_sub(before.duration()).unwrap(),
    }
}

fn floats() -> impl Strategy<Value = f64> {
    prop_oneof![
        (-4000_i64..4000).prop_map(|eighths| eighths as f64 / 8.0),
        (-1_000_000_i64..1_000_000).prop_map(|thousandths| thousandths as f64 / 1000.0),
        select(vec![0.0, 0.5, 1.5, 2.5, -0.5, 2.675, 1.005, 1e15, 4_503_599_627_370_497.5, 1e300, -1e-7]),
    ]
}

fn integers() -> impl Strategy<Value = i64> {
    prop_oneof![-5_i64..6, -1_000_000_i64..1_000_000, select(vec![i64::from(i32::MAX), i64::from(i32::MIN), 1 << 40])]
}

prop_compose! {
    fn sample()(
        i in option::of(integers()),
        n in 0_u32..70,
        f in option::of(floats()),
        s in option::of(texts()),
        c in option::of(ascii()),
        b in option::of(any::<bool>()),
        at in option::of(times()),
        (d, t, w) in (option::of(times()), option::of(times()), option::of(times())),
        list in vec(option::of(-3_i64..4), 0..4),
        (u, bytes) in (option::of(any::<u128>()), option::of(vec(any::<u8>(), 0..4))),
        p in option::of(-100_000_i64..100_000),
        x in option::of((-100_000_i64..100_000, 0_u32..5)),
    ) -> Sample {
        Sample {
            id: 0, i, n, f, s, c, b, at,
            d: d.map(|time| zoned(time).date()),
            t: t.map(|time| zoned(time).time()),
            w: w.map(zoned),
            list,
            u: u.map(Uuid::from_u128),
            bytes,
            p: p.map(|cents| Decimal::new(cents, 2)),
            x: x.map(|(mantissa, scale)| Decimal::new(mantissa, scale).normalize()),
        }
    }
}

fn nested() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "a": 5, "b": {}, "l": [0, null], "n": null }))
}

/// Runs queries on random rows on every database, and compares their results.
fn for_samples(check: impl AsyncFn(&Database) -> Result<Vec<String>>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let databases = runtime.block_on(databases::every()).unwrap();
    for db in &databases {
        runtime.block_on(db.create_all(Sample)).unwrap();
    }
    let cases = std::env::var("AIO_SQL_CASES").map_or(64, |text| text.parse().unwrap());
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 500, ..Config::default() };
    let result = TestRunner::new(config).run(&vec(sample(), 0..6), |mut samples| {
        (0..).zip(&mut samples).for_each(|(id, sample)| sample.id = id);
        let mut results = Vec::new();
        for db in &databases {
            let result = runtime.block_on(async {
                Sample::delete().all_rows().execute(db).await?;
                Sample::insert_all(samples.clone()).execute(db).await?;
                check(db).await
            });
            // Zero may have a sign.
            let result =
                result.map(|texts| texts.into_iter().map(|text| text.replace("(-0.0)", "(0.0)")).collect::<Vec<_>>());
            results.push(result.map_err(|error| TestCaseError::fail(format!("{}: {error:?}", db.dialect().name())))?);
        }
        for other in &results[1..] {
            let pairs = results[0].iter().zip(other).filter(|(one, other)| one != other);
            let differences: Vec<String> = pairs.map(|(one, other)| format!("{one}\n{other}")).collect();
            prop_assert!(differences.is_empty(), "{}", differences.join("\n\n"));
        }
        Ok(())
    });
    for db in databases {
        runtime.block_on(db.close()).unwrap();
    }
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// Selects tuples of expressions of each row.
macro_rules! each_row {
    ($($columns:expr;)+) => {
        for_samples(async |db| {
            let mut results = Vec::new();
            $(
                let query = Sample::select().order_by(Sample::ID).columns($columns);
                results.push(format!("{}: {:?}", stringify!($columns), query.all(db).await.map_err(|error| error.to_string())));
            )+
            Ok(results)
        })
    };
}

#[test]
fn numbers() {
    each_row! {
        (Sample::I.abs(), Sample::I.sign(), -Sample::I, Sample::I % 3, Sample::I / 7, Sample::I / Sample::N.cast::<i64>());
        (Sample::I.bit_and(6), Sample::I.bit_or(Sample::N.cast::<i64>()), Sample::I.bit_not(), Sample::I.bit_and(3).eq(1));
        (Sample::I.shift_left(3_u32), Sample::I.shift_left(64_u32), Sample::I.shift_right(100_u32), Sample::I.shift_right(2_u32));
        (Sample::I.shift_left(Sample::N), Sample::I.shift_right(Sample::N), value(1_i64).shift_left(Sample::N));
        (Sample::F.round(0), Sample::F.round(1), Sample::F.round(2), Sample::I.round(1), Sample::F.ceil(), Sample::F.floor(), Sample::F.trunc(), Sample::I.ceil());
        (Sample::F + 1.5, Sample::F * 2.0, Sample::F / 4.0, Sample::F / Sample::F, Sample::F.abs(), Sample::F.sign());
        (Sample::F.sqrt().round(6), Sample::I.sqrt().round(6), Sample::F.ln().round(6), Sample::F.log10().round(6), Sample::F.asin().round(6));
        (Sample::I.least(3), Sample::I.greatest(Sample::N.cast::<i64>()), Sample::F.least(0.5), Sample::S.greatest("b"));
        (value(2.0).power(3.0), Sample::N.power(2.0), value(-8.0).power(0.5));
    }
}

#[test]
fn conversions() {
    each_row! {
        (Sample::F.cast::<i64>().null_if(1_000_000_000_000_000_i64), Sample::I.cast::<f64>(), Sample::I.cast::<String>(), Sample::B.cast::<i64>());
        (Sample::B.cast::<String>(), Sample::B.cast::<f64>(), Sample::N.null_if(0_u32).is_null().cast::<i64>());
        (Sample::S.cast::<i64>(), Sample::S.cast::<f64>(), Sample::S.cast::<String>());
        (Sample::AT.cast::<String>(), Sample::D.cast::<String>(), Sample::T.cast::<String>(), Sample::W.cast::<String>());
        (Sample::P.cast::<String>(), Sample::P.cast::<f64>(), Sample::P.cast::<i64>(), Sample::X.cast::<String>(), Sample::X.cast::<f64>(), Sample::X.cast::<i64>());
        (Sample::S.cast::<Vec<u8>>(), Sample::S.cast::<Vec<u8>>().cast::<String>());
        (Sample::P.round_to::<1>(), Sample::P * 3, Sample::P.div_to::<3, _>(7), Sample::P % Decimal::new(3, 0), Sample::P.stored());
    }
}

#[test]
fn floats_as_text() {
    for_samples(async |db| {
        // Within these limits, both databases write a float without an exponent.
        let is_plain = Sample::F.abs().lt(1e14).and(Sample::F.abs().gt(1e-3).or(Sample::F.eq(0.0)));
        let query = Sample::select().filter(is_plain).order_by(Sample::ID).columns(Sample::F.cast::<String>());
        Ok(vec![format!("{:?}", query.all(db).await?)])
    });
}

#[test]
fn texts_of_rows() {
    each_row! {
        (Sample::S.lower(), Sample::S.upper(), Sample::S.length(), Sample::S.trim(), Sample::S.trim_start(), Sample::S.trim_end());
        (Sample::S.substring(1, 2), Sample::S.substring(0, 2), Sample::S.substring(2, u32::MAX), Sample::S.replace("a", "xy"), Sample::S.position("a"), Sample::S.position(""));
        (Sample::C.lower(), Sample::C.replace("a", "x"), Sample::C.position("A"), Sample::C.concat("x"), Sample::C.concat(Sample::S));
        (Sample::S.like("a%"), Sample::S.ilike("A_"), Sample::S.like("%\\%%"), Sample::S.glob("[a-b]*"), Sample::S.glob("?"), Sample::S.starts_with("a"), Sample::S.contains("%"), Sample::S.ends_with("\\"));
        (Sample::C.like("a%"), Sample::C.starts_with("a"), Sample::C.contains("A"), Sample::C.ends_with("b"), Sample::C.starts_with(Sample::S), Sample::C.glob("a*"));
        (Sample::C.eq("ab"), Sample::C.lt("B"), Sample::C.is_in(["A", "b"]), Sample::C.between("a", "B"), Sample::S.eq(Sample::C), Sample::C.eq(Sample::S), Sample::C.ne(Sample::S), Sample::S.lt(Sample::C));
        (Sample::S.collate(Collation::NoCase).eq("ab"), Sample::C.collate(Collation::Binary).eq("ab"), Sample::C.concat("").eq("AB"), Sample::C.lower().eq("AB"), Sample::C.coalesce("x").eq("X"));
        (Sample::C.null_if(Sample::S), Sample::S.null_if(Sample::C), Sample::C.coalesce(Sample::S).lt("b"), case::<String>().when(Sample::I.gt(0), Sample::C).otherwise(Sample::S).lt("b"));
        (Sample::C.least(Sample::C.upper()), Sample::C.greatest(Sample::C.lower()), Sample::C.between(Sample::C.upper(), "b"), Sample::S.between("A", Sample::C));
        (Sample::S.is_in(Sample::select().columns(Sample::C)), Sample::C.is_in(Sample::select().columns(Sample::C.upper())), Sample::C.upper().is_in(Sample::select().columns(Sample::C)));
        (Sample::S.lt("a"), Sample::S.lt("B"), Sample::S.lt("é"), Sample::S.concat("z").gt("az"), value("B".to_owned()).lt(Sample::S), Sample::S.coalesce("B").lt("a"));
    }
}

#[test]
fn times_of_rows() {
    each_row! {
        (Sample::AT.year(), Sample::AT.month(), Sample::AT.day(), Sample::AT.weekday(), Sample::AT.day_of_year(), Sample::AT.hour(), Sample::AT.minute(), Sample::AT.second(), Sample::AT.unix_seconds(), Sample::AT.date_text());
        (Sample::D.year(), Sample::D.month(), Sample::D.day(), Sample::D.weekday(), Sample::D.day_of_year(), Sample::D.unix_seconds(), Sample::D.date_text());
        (Sample::W.year(), Sample::W.weekday(), Sample::W.hour(), Sample::W.second(), Sample::W.unix_seconds(), Sample::W.date_text(), Sample::T.hour(), Sample::T.minute(), Sample::T.second());
        (Sample::AT.lt(UNIX_EPOCH), Sample::AT.coalesce(UNIX_EPOCH), Sample::D.eq(jiff::civil::date(2000, 1, 1)), Sample::T.lt(jiff::civil::time(12, 0, 0, 1_000)), Sample::W.is_null());
    }
}

#[test]
fn documents() {
    each_row! {
        (Sample::LIST.json_extract::<i64>("$[0]"), Sample::LIST.json_extract::<i64>("$[#-1]"), Sample::LIST.json_extract::<f64>("$[1]"), Sample::LIST.json_extract::<Json<Option<i64>>>("$[0]"), Sample::LIST.json_array_length());
        (Sample::LIST.json_contains(1), Sample::LIST.json_contains(2.0), Sample::LIST.json_contains("1".to_owned()));
        (Sample::LIST.json_set("$[0]", 7), Sample::LIST.json_set("$[2]", 7), Sample::LIST.json_set("$[9]", 7));
        (Sample::LIST.json_set("$[1]", 7), Sample::LIST.json_set("$[#]", 7), Sample::LIST.json_set("$[#-1]", 7), Sample::LIST.json_set("$[#-2]", 7), Sample::LIST.json_set("$.a", 7));
        (value(nested()).json_set("$.a", 1), value(nested()).json_set("$.b.c", 1), value(nested()).json_set("$.b.c.d", 1), value(nested()).json_set("$.x.y.z", 1), value(nested()).json_set("$.x[0].y", 1));
        (value(nested()).json_set("$.x[1].y", 1), value(nested()).json_set("$.l[1]", 1), value(nested()).json_set("$.l[2]", 1), value(nested()).json_set("$.l[3]", 1), value(nested()).json_set("$.l[0].k", 1), value(nested()).json_set("$.a.b", 1));
        (Sample::LIST.json_extract::<i64>("$.a"), Sample::LIST.json_extract::<i64>("$.a[0]"));
    }
}

#[test]
fn aggregates_of_samples() {
    for_samples(async |db| {
        let mut results = Vec::new();
        macro_rules! all {
            ($($columns:expr;)+) => { $(
                results.push(format!("{}: {:?}", stringify!($columns), Sample::select().columns($columns).all(db).await.map_err(|error| error.to_string())));
            )+ };
        }
        all! {
            (count(), Sample::I.count().distinct(), Sample::I.sum(), Sample::I.avg(), Sample::I.total(), Sample::I.min(), Sample::I.max());
            (Sample::B.min(), Sample::B.max(), Sample::U.min(), Sample::U.max(), Sample::BYTES.min(), Sample::BYTES.max().filter(Sample::I.gt(0)));
            (Sample::S.min(), Sample::S.max(), Sample::AT.min(), Sample::AT.max(), Sample::D.max(), Sample::T.min(), Sample::W.max());
            (Sample::P.sum(), Sample::P.avg_to::<3>(), Sample::P.min(), Sample::N.avg(), Sample::N.sum().distinct());
            (Sample::S.group_concat("-").order_by(Sample::ID), Sample::I.json_group_array::<Option<i64>>().order_by(Sample::ID.desc()), Sample::S.json_group_array::<Option<String>>().order_by(Sample::ID), Sample::B.json_group_array::<Option<bool>>().order_by(Sample::ID));
        }
        let of_three = || Sample::N % 3_u32;
        let groups = Sample::select().group_by(of_three()).order_by(of_three());
        results.push(format!("{:?}", groups.columns((of_three() + 1_u32, count(), Sample::I.sum())).all(db).await?));
        let by_text = Sample::select().group_by(Sample::S.concat("x")).having(count().gt(0));
        let by_text = by_text.order_by(Sample::S.concat("x").length()).order_by(Sample::S.concat("x"));
        results.push(format!("{:?}", by_text.columns((Sample::S.concat("x").length(), count())).all(db).await?));
        let nocase = Sample::select().group_by(Sample::C).order_by(Sample::C).columns((Sample::C.lower(), count()));
        results.push(format!("{:?}", nocase.all(db).await?));
        let (folded, exact) = (Sample::select().columns(Sample::C), Sample::select().columns(Sample::C.upper()));
        results.push(format!("{:?}", folded.clone().union(exact.clone()).count(db).await?));
        results.push(format!("{:?}", exact.clone().union(folded.clone()).count(db).await?));
        results.push(format!("{:?}", folded.clone().except(exact.clone()).count(db).await?));
        let exact = exact.except(folded).order_by(Sample::C.upper()).all(db).await?;
        results.push(format!("{exact:?}"));
        let nocase = Sample::select().order_by((Sample::C, Sample::ID)).columns((Sample::C, Sample::ID));
        results.push(format!("{:?}", nocase.all(db).await?));
        Ok(results)
    });
}

#[test]
fn windows() {
    let by_id = || window().order_by(Sample::ID);
    each_row! {
        (Sample::I.sum().over(by_id()), Sample::I.avg().over(by_id()), Sample::I.min().over(by_id()), count().over(window().partition_by(Sample::B)));
        (Sample::I.lag(1).over(by_id()), Sample::I.lead(2).over(by_id()), Sample::S.first_value().over(by_id()), Sample::S.nth_value(2).over(by_id()));
        (Sample::I.sum().over(by_id().rows(FrameBound::Preceding(1), FrameBound::Following(1))), Sample::B.max().over(by_id()), Sample::P.sum().over(by_id()), Sample::P.avg_to::<2>().over(by_id()));
        (aio_sql::row_number().over(by_id()), aio_sql::rank().over(window().order_by(Sample::B)), aio_sql::percent_rank().over(window().order_by(Sample::B)), aio_sql::ntile(2).over(by_id()), Sample::I.sum().over(by_id()).cast::<f64>().round(1));
    }
}
