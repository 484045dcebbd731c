//! Numbers at the edges of what a function accepts and of what a type can hold.

use std::fmt::Debug;

use aio_sql::{Database, Result, Table, case};

use super::databases;

#[derive(Table, Clone, Debug)]
struct Edge {
    #[column(primary_key)]
    id: i64,
    i: i64,
    j: i64,
    f: f64,
    g: f64,
    s: String,
}

const FLOATS: [f64; 27] = [
    0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    2.0,
    -2.0,
    2.5,
    1e-7,
    710.0,
    -746.0,
    709.0,
    -744.0,
    709.782712893384,
    709.7827128933841,
    -745.1332191019411,
    -745.1332191019412,
    1e15,
    1e300,
    -1e300,
    f64::MAX,
    f64::MIN,
    f64::MIN_POSITIVE,
    5e-324,
    1e-300,
    f64::INFINITY,
    f64::NEG_INFINITY,
];

/// Those of more than 14 digits. SQLite writes up to 17 digits of a float as text, and up to 15
/// before 3.53; PostgreSQL writes up to 15.
const LONG_FLOATS: [f64; 8] = [
    709.782712893384,
    709.7827128933841,
    -745.1332191019411,
    -745.1332191019412,
    f64::MAX,
    f64::MIN,
    f64::MIN_POSITIVE,
    5e-324,
];

const TEXTS: [&str; 27] = [
    "",
    "12abc",
    " 7",
    "\t-8x",
    "+9",
    "-",
    ".",
    ".5x",
    "5.",
    "1e3",
    "1e",
    "1e400",
    "-1e400",
    "1e-400",
    "1e99999",
    "0x10",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "123456789012345678901234567890",
    "inf",
    "nan",
    "1_000",
    "17e1",
    "1.8e308x",
    "-0",
];

const INTEGERS: [i64; 9] = [0, 1, -1, 7, -3, 1 << 40, i64::MAX, i64::MIN, i64::MIN + 1];

async fn fill(db: &Database) -> Result<()> {
    db.create_all(Edge).await?;
    let mut rows = Vec::new();
    for (n, f) in FLOATS.iter().enumerate() {
        for (m, g) in FLOATS.iter().enumerate() {
            let (i, j) = (INTEGERS[n % 9], INTEGERS[m % 9]);
            rows.push(Edge { id: rows.len() as i64, i, j, f: *f, g: *g, s: TEXTS[n].to_owned() });
        }
    }
    Edge::insert_all(rows).execute(db).await?;
    Ok(())
}

fn shown(value: impl Debug) -> String {
    // Zero may have a sign.
    match format!("{value:?}") {
        text if text == "-0.0" => "0.0".to_owned(),
        text => text.replace("(-0.0)", "(0.0)"),
    }
}

/// Computes an expression for all rows, or, if that fails, for each row.
macro_rules! values {
    ($db:expr, $value:expr) => {{
        let query = Edge::select().order_by(Edge::ID);
        match query.clone().columns($value).all($db).await {
            Ok(values) => values.into_iter().map(|value| Ok(shown(value))).collect::<Vec<_>>(),
            Err(_) => {
                let mut values = Vec::new();
                for id in 0..(FLOATS.len() * FLOATS.len()) as i64 {
                    let value = query.clone().filter(Edge::ID.eq(id)).columns($value).one($db).await;
                    values.push(value.map(shown));
                }
                values
            }
        }
    }};
}

/// Computes expressions on both databases, and returns the differences. With `may_fail`, an error
/// of PostgreSQL is none.
macro_rules! differences {
    ($databases:expr, $may_fail:expr; $($value:expr;)+) => {{
        let mut differences = Vec::new();
        $(
            let [sqlite, postgres] = &$databases[..] else { return Ok(()) };
            let (expected, found) = (values!(sqlite, $value), values!(postgres, $value));
            let mut pairs = expected.into_iter().zip(found).enumerate();
            let different = pairs.by_ref().filter(|(_, (expected, found))| match (expected, found) {
                (Ok(expected), Ok(found)) => expected != found,
                // The result is no number, or no longer an integer.
                (Err(_), Err(_)) => !$may_fail,
                (_, Err(error)) if $may_fail => error.code() != Some("22003"),
                _ => true,
            });
            differences.extend(different.take(5).map(|(id, values)| {
                let (n, m) = (id / FLOATS.len(), id % FLOATS.len());
                let (f, g, i, j) = (FLOATS[n], FLOATS[m], INTEGERS[n % 9], INTEGERS[m % 9]);
                format!("{}: f {f:?} g {g:?} i {i} j {j} s {:?}: {values:?}", stringify!($value), TEXTS[n])
            }));
        )+
        differences
    }};
}

#[tokio::test]
async fn functions_have_the_same_values_at_the_edges() -> Result<()> {
    let databases = databases::every().await?;
    for db in &databases {
        fill(db).await?;
    }
    let differences = differences! { databases, false;
        Edge::F.sin(); Edge::F.cos(); Edge::F.tan(); Edge::F.asin(); Edge::F.acos(); Edge::F.atan(); Edge::F.exp();
        Edge::F.ln(); Edge::F.log10(); Edge::F.sqrt(); Edge::F.power(Edge::G); Edge::F.atan2(Edge::G);
        Edge::F.radians().eq(0.0); Edge::F.degrees().gt(1e308); Edge::F.round(0); Edge::F.round(3); Edge::F.ceil();
        Edge::F.floor(); Edge::F.trunc(); Edge::F.sign(); Edge::F.abs(); -Edge::F; Edge::F % Edge::G;
        Edge::F.least(Edge::G); Edge::F.greatest(Edge::G); (Edge::F.abs() + 0.0).exp(); (-Edge::F).power(0.5);
        Edge::I.power(Edge::G); Edge::I.exp(); Edge::I.ln(); Edge::I.sqrt(); Edge::I.sin(); Edge::I.round(2);
        Edge::I.ceil(); Edge::I % Edge::J; Edge::I.sign(); Edge::I.bit_not();
        Edge::I.bit_and(Edge::J); Edge::I.shift_left(1_u32); Edge::I.shift_right(63_u32);
    };
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    Ok(())
}

#[tokio::test]
async fn conversions_have_the_same_values_at_the_edges() -> Result<()> {
    let databases = databases::every().await?;
    for db in &databases {
        fill(db).await?;
    }
    let differences = differences! { databases, false;
        Edge::F.cast::<i64>(); Edge::I.cast::<f64>(); Edge::I.cast::<String>();
        Edge::S.cast::<i64>(); Edge::S.cast::<f64>(); Edge::S.concat("x").cast::<f64>(); Edge::S.cast::<f64>().cast::<i64>();
        case::<String>().when(Edge::F.is_not_in(LONG_FLOATS), Edge::F.cast::<String>()).end();
    };
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    Ok(())
}

/// A calculation that overflows is an error with this code on PostgreSQL. On SQLite it becomes a
/// float.
#[tokio::test]
async fn calculations_have_the_same_values_or_overflow() -> Result<()> {
    let databases = databases::every().await?;
    for db in &databases {
        fill(db).await?;
    }
    let differences = differences! { databases, true;
        Edge::F + Edge::G; Edge::F - Edge::G; Edge::F * Edge::G; Edge::F / 2.0;
        Edge::I + Edge::J; Edge::I - Edge::J; Edge::I * Edge::J; Edge::I / Edge::J; Edge::I.abs(); -Edge::I;
        (Edge::I + Edge::J).gt(0);
    };
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    for db in &databases {
        assert!(Edge::select().columns(Edge::I.sum()).one(db).await.is_err());
        // PostgreSQL computes the sum of the squares with an average.
        let finite = Edge::select().filter(Edge::F.gt(0.0).and(Edge::F.le(1e15)));
        assert!(finite.columns(Edge::F.avg()).one(db).await.is_ok());
    }
    Ok(())
}
