//! Operators and functions of columns and expressions besides the plain comparisons: text
//! patterns, ranges, lists, NOT and NULL, arithmetic, bits, and numeric functions.

#![allow(clippy::unwrap_used)]

use aio_sql::{Condition, Database, Dialect, Result, Table, all_of, any_of, not, value};
use servers::on_every_database;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "users")]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    nick: Option<String>,
    pattern: String,
}

async fn fill(db: &Database) {
    db.create(User).await.unwrap();
    let users = [
        ("Dan", Some("DANNY"), "^D"),
        ("Dana", None, "a$"),
        ("a*b", Some("star"), "x"),
        ("Ödön\nsecond", Some("ö"), "(?m)^second$"),
    ];
    let user = |(name, nick, pattern): (&str, Option<&str>, &str)| NewUser {
        name: name.into(),
        nick: nick.map(Into::into),
        pattern: pattern.into(),
    };
    User::insert_all(users.map(user)).execute(db).await.unwrap();
}

macro_rules! ids {
    ($db:expr, $condition:expr) => {
        User::select().filter($condition).order_by(User::ID).columns(User::ID).all($db).await?
    };
}

#[on_every_database]
async fn glob_matches_like_a_shell(db: Database) -> Result<()> {
    fill(&db).await;
    assert_eq!(ids!(&db, User::NAME.glob("Dan*")), [1, 2]);
    assert_eq!(ids!(&db, User::NAME.glob("Da?")), [1]);
    assert_eq!(ids!(&db, User::NAME.glob("a[*]b")), [3]);
    assert_eq!(ids!(&db, User::NAME.glob("[^A-Z]*")), [3, 4]);
    assert_eq!(ids!(&db, User::NAME.glob("dan*")), [0_i64; 0], "case counts");
    assert_eq!(ids!(&db, User::NAME.lower().glob("dan*")), [1, 2]);
    Ok(())
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Loose {
    #[column(primary_key, collate = nocase)]
    name: String,
}

#[on_every_database(nocase)]
async fn glob_regards_the_case_even_where_the_collation_does_not(db: Database) -> Result<()> {
    db.create(Loose).await?;
    Loose::insert(Loose { name: "Dan".into() }).execute(&db).await?;
    assert_eq!(Loose::select().filter(Loose::NAME.eq("dan")).count(&db).await?, 1);
    assert_eq!(Loose::select().filter(Loose::NAME.glob("D*")).count(&db).await?, 1);
    assert_eq!(Loose::select().filter(Loose::NAME.glob("d*")).count(&db).await?, 0);
    Ok(())
}

#[on_every_database]
async fn not_finds_rows_that_a_pattern_does_not_match(db: Database) -> Result<()> {
    fill(&db).await;
    assert_eq!(ids!(&db, !User::NAME.glob("D*")), [3, 4]);
    assert_eq!(ids!(&db, not(User::NAME.glob("D*")).and(User::ID.lt(4))), [3]);
    assert_eq!(ids!(&db, !User::NICK.glob("D*")), [3, 4], "of NULL it is not known");
    let any = any_of([User::NAME.glob("*a"), User::NAME.glob("a*")]);
    assert_eq!(ids!(&db, !any), [1, 4]);
    let text = User::select().filter(!User::NAME.glob("D*")).columns(User::ID).to_sql(Dialect::Sqlite)?.text;
    assert_eq!(text, r#"SELECT "id" FROM "users" WHERE NOT (unlikely("name" GLOB ?))"#);
    Ok(())
}

#[on_every_database]
async fn a_range_of_rust_has_its_end_or_not(db: Database) -> Result<()> {
    fill(&db).await;
    assert_eq!(ids!(&db, User::ID.in_range(2..4)), [2, 3]);
    assert_eq!(ids!(&db, User::ID.in_range(2..=4)), [2, 3, 4]);
    assert_eq!(ids!(&db, User::ID.in_range(3..)), [3, 4]);
    assert_eq!(ids!(&db, User::ID.in_range(..2)), [1]);
    assert_eq!(ids!(&db, User::ID.in_range(..=2)), [1, 2]);
    assert_eq!(ids!(&db, User::NAME.in_range("Dan".."Dana")), [1]);
    assert_eq!(ids!(&db, User::ID.in_range(User::NAME.length() - 1..)), [3]);
    assert_eq!(ids!(&db, (User::ID * 10).in_range(20..30).or(User::ID.eq(4))), [2, 4]);
    assert_eq!(ids!(&db, !User::ID.in_range(2..4)), [1, 4]);
    assert_eq!(ids!(&db, User::NICK.in_range("E"..)), [3, 4], "NULL is in no range");
    let text = User::select().filter(User::ID.in_range(2..4)).columns(User::ID).to_sql(Dialect::Sqlite)?.text;
    assert_eq!(text, r#"SELECT "id" FROM "users" WHERE "id" >= ? AND "id" < ?"#);
    Ok(())
}

#[on_every_database]
async fn not_of_null_is_null(db: Database) -> Result<()> {
    fill(&db).await;
    let users = || User::select().order_by(User::ID);
    let known: Vec<(Option<bool>, Option<bool>, bool)> = users()
        .columns((not(User::NICK.eq("star")), !User::NICK.eq("star"), not(User::NAME.eq("Dan"))))
        .limit(3)
        .all(&db)
        .await?;
    assert_eq!(known, [(Some(true), Some(true), false), (None, None, true), (Some(false), Some(false), true)]);
    Ok(())
}

#[on_every_database]
async fn coalesce_turns_a_nullable_condition_into_a_bool(db: Database) -> Result<()> {
    fill(&db).await;
    let star: Condition<User> = User::NICK.eq("star").into();
    let any = any_of([star, User::NAME.eq("Dan")]).coalesce(false);
    let found: Vec<bool> = User::select().order_by(User::ID).columns(any).all(&db).await?;
    assert_eq!(found, [true, false, true, false]);
    Ok(())
}

#[on_every_database]
async fn options_in_a_list_compare_like_eq_and_ne(db: Database) -> Result<()> {
    fill(&db).await;
    let (star, none) = (Some("star".to_owned()), None::<String>);
    assert_eq!(ids!(&db, User::NICK.is_in([star.clone(), none.clone()])), [2, 3]);
    assert_eq!(ids!(&db, User::NICK.is_in([star.clone()])), [3]);
    assert_eq!(ids!(&db, User::NICK.is_in([none.clone()])), [2]);
    assert_eq!(ids!(&db, User::NICK.is_not_in([star.clone(), none.clone()])), [1, 4]);
    assert_eq!(ids!(&db, User::NICK.is_not_in([star.clone()])), [1, 2, 4]);
    assert_eq!(ids!(&db, User::NICK.is_not_in([none.clone()])), [1, 3, 4]);
    let nothing: [Option<String>; 0] = [];
    assert_eq!(ids!(&db, User::NICK.is_in(nothing.clone())), [0_i64; 0]);
    assert_eq!(ids!(&db, User::NICK.is_not_in(nothing)), [1, 2, 3, 4]);
    let many: Vec<_> = (0..50).map(|n| Some(n.to_string())).chain([none, star]).collect();
    assert_eq!(ids!(&db, User::NICK.is_in(many.clone()).and(User::ID.gt(2))), [3]);
    assert_eq!(ids!(&db, !User::NICK.is_not_in(many)), [2, 3]);
    Ok(())
}

#[on_every_database]
async fn whether_a_value_is_among_others_that_may_be_null_is_an_option(db: Database) -> Result<()> {
    fill(&db).await;
    let nicks = || User::select().columns(User::NICK);
    let found: (Option<bool>, Option<bool>, Option<bool>, bool) = User::find(1)
        .columns((
            User::NAME.is_in(nicks()),
            User::NAME.is_not_in(nicks().union(nicks())),
            User::NAME.is_in([None, Some("x".to_owned())]),
            User::NAME.is_in(User::select().columns(User::NAME)),
        ))
        .one(&db)
        .await?;
    assert_eq!(found, (None, None, Some(false), true));
    Ok(())
}

#[cfg(feature = "regexp")]
mod regular_expressions {

    use super::*;

    #[on_every_database]
    async fn a_regular_expression_searches_a_text(db: Database) -> Result<()> {
        fill(&db).await;
        assert_eq!(ids!(&db, User::NAME.regexp("^Da")), [1, 2]);
        assert_eq!(ids!(&db, User::NAME.regexp("an|[*]")), [1, 2, 3]);
        assert_eq!(ids!(&db, !User::NAME.regexp("(?i)^d")), [3, 4]);
        assert_eq!(ids!(&db, User::NAME.regexp("^.d.n$")), [0_i64; 0], "a line is not the text");
        assert_eq!(ids!(&db, User::NAME.regexp("(?m)^.d.n$")), [4], "a letter is one character");
        assert_eq!(ids!(&db, User::NAME.regexp("")), [1, 2, 3, 4]);
        let both = User::NAME.regexp("n").and(User::NAME.lower().regexp("^dan"));
        assert_eq!(ids!(&db, both), [1, 2]);
        let text = User::select().filter(User::NAME.regexp("n")).columns(User::ID).to_sql(Dialect::Sqlite)?.text;
        assert_eq!(text, r#"SELECT "id" FROM "users" WHERE unlikely("name" REGEXP ?)"#);
        Ok(())
    }

    #[on_every_database]
    async fn a_pattern_can_be_a_column(db: Database) -> Result<()> {
        fill(&db).await;
        assert_eq!(ids!(&db, User::NAME.regexp(User::PATTERN)), [1, 2, 4]);
        Ok(())
    }

    #[on_every_database]
    async fn a_statement_that_runs_again_takes_its_new_pattern(db: Database) -> Result<()> {
        fill(&db).await;
        let conn = db.connect().await?;
        for (pattern, found) in [("^Dan$", 1), ("^Da", 2), ("zzz", 0), ("", 4), ("^Dan$", 1)] {
            let found_now = User::select().filter(User::NAME.regexp(pattern)).count(&conn).await?;
            assert_eq!(found_now, found, "{pattern}");
        }
        Ok(())
    }

    #[on_every_database]
    async fn a_regular_expression_of_null_is_null(db: Database) -> Result<()> {
        fill(&db).await;
        let known: Vec<Option<bool>> =
            User::select().order_by(User::ID).columns(User::NICK.regexp("N")).all(&db).await?;
        assert_eq!(known, [Some(true), None, Some(false), Some(false)]);
        let none: Option<String> = None;
        let known: Vec<Option<bool>> = User::select().limit(1).columns(User::NAME.regexp(none)).all(&db).await?;
        assert_eq!(known, [None]);
        Ok(())
    }

    #[on_every_database]
    async fn an_invalid_pattern_is_an_error(db: Database) -> Result<()> {
        fill(&db).await;
        let error = User::select().filter(User::NAME.regexp("secret(")).count(&db).await.unwrap_err();
        assert_eq!(*error.kind(), aio_sql::ErrorKind::InvalidInput, "{error}");
        assert!(!error.to_string().contains("secret"), "a value is never in an error: {error}");
        assert_eq!(User::select().count(&db).await?, 4, "the connection goes on");
        Ok(())
    }

    #[on_every_database]
    async fn regular_expressions_work_on_every_connection(db: Database) -> Result<()> {
        fill(&db).await;
        let found = db.transaction(|tx| async move { User::select().filter(User::NAME.regexp("D")).count(&tx).await });
        assert_eq!(found.await?, 2);
        Ok(())
    }
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Number {
    #[column(primary_key)]
    id: i64,
    a: i64,
    b: i64,
    flags: u8,
    maybe: Option<i32>,
}

async fn fill_numbers(db: &Database) {
    db.create(Number).await.unwrap();
    let samples = [0, 1, 2, 5, 6, 255, 256, -1, -2, i64::MAX, i64::MIN, 0x0F0F];
    let pairs = samples.iter().flat_map(|a| samples.iter().map(move |b| (*a, *b)));
    let number = |(id, (a, b)): (usize, (i64, i64))| Number {
        id: id as i64,
        a,
        b,
        flags: a.to_le_bytes()[0],
        maybe: (a != 5).then_some(id as i32),
    };
    Number::insert_all(pairs.enumerate().map(number)).execute(db).await.unwrap();
}

#[on_every_database]
async fn a_rust_number_may_be_the_left_operand(db: Database) -> Result<()> {
    fill_numbers(&db).await;
    let few = Number::select().filter(Number::A.between(-2, 256).and(Number::B.between(-2, 256)));
    let (a, b) = (Number::A, Number::B);
    let rows = few.clone().columns((Number, 1 - a, 2 + b, 3 * (a + b), 1000 / a, 1000 % b)).all(&db).await?;
    assert_eq!(rows.len(), 81);
    for (Number { a, b, .. }, difference, sum, product, quotient, rest) in rows {
        assert_eq!((difference, sum, product), (1 - a, 2 + b, 3 * (a + b)), "{a} and {b}");
        assert_eq!((quotient, rest), (1000_i64.checked_div(a), 1000_i64.checked_rem(b)), "{a} and {b}");
    }
    // Operators work with an operand of another type, an optional operand, an aggregate, a
    // captured variable, and in an update.
    let flags: Vec<u8> = few.clone().filter(Number::A.eq(5)).limit(1).columns(255 - Number::FLAGS).all(&db).await?;
    assert_eq!(flags, [250]);
    let known: Vec<Option<i32>> =
        few.clone().filter(Number::A.eq(5)).limit(1).columns(7 - Number::MAYBE).all(&db).await?;
    assert_eq!(known, [None]);
    let hundred: i64 = 100;
    let rest: Option<i64> = few.columns(hundred - Number::A.max()).one(&db).await?;
    assert_eq!(rest, Some(100 - 256));
    Number::update().set(Number::A, 1 - Number::A).filter(Number::ID.eq(0)).execute(&db).await?;
    assert_eq!(Number::find(0).one(&db).await?.a, 1);
    Ok(())
}

#[on_every_database]
async fn bit_operators_agree_with_rust(db: Database) -> Result<()> {
    fill_numbers(&db).await;
    let (a, b) = (Number::A, Number::B);
    let rows: Vec<(Number, i64, i64, i64, i64, i64)> = Number::select()
        .columns((Number, a.bit_and(b), a.bit_or(b), a.bit_not(), a.shift_left(3), a.shift_right(3)))
        .all(&db)
        .await?;
    assert_eq!(rows.len(), 144);
    for (Number { a, b, .. }, and, or, not, left, right) in rows {
        assert_eq!((and, or, not, left, right), (a & b, a | b, !a, a << 3, a >> 3), "{a} and {b}");
    }
    Ok(())
}

#[on_every_database]
async fn bit_operators_have_the_precedence_of_rust(db: Database) -> Result<()> {
    fill_numbers(&db).await;
    let (a, b, few) = (Number::A, Number::B, Number::FLAGS.bit_and(7));
    let rows: Vec<(Number, i64, i64, i64, i64, bool)> = Number::select()
        .filter(a.between(-2, 300).and(b.between(-2, 300)))
        .columns((
            Number,
            a.bit_or(b.bit_and(few.clone())),
            a.bit_or(b).bit_and(few.clone()),
            (a + 1).bit_and(b * 2).bit_not() - 1,
            -a.bit_not().shift_left(few),
            a.bit_and(6).eq(b.bit_and(6)),
        ))
        .all(&db)
        .await?;
    assert_eq!(rows.len(), 81);
    for (Number { a, b, flags, .. }, first, second, third, fourth, equal) in rows {
        let few = i64::from(flags & 7);
        let expected = (a | (b & few), (a | b) & few, !((a + 1) & (b * 2)) - 1, -(!a << few), a & 6 == b & 6);
        assert_eq!((first, second, third, fourth, equal), expected, "{a} and {b}");
    }
    Ok(())
}

#[on_every_database]
async fn flags_are_tested_set_and_cleared(db: Database) -> Result<()> {
    fill_numbers(&db).await;
    let odd = Number::FLAGS.bit_and(1).ne(0);
    assert_eq!(Number::select().filter(odd).count(&db).await?, 12 * 6);
    let none: Vec<Option<i32>> =
        Number::select().filter(Number::A.eq(5)).limit(1).columns(Number::MAYBE.bit_or(1)).all(&db).await?;
    assert_eq!(none, [None]);
    Number::update().set(Number::FLAGS, Number::FLAGS.bit_or(0x80)).all_rows().execute(&db).await?;
    Number::update()
        .set(Number::FLAGS, Number::FLAGS.bit_and(value(0x0F_u8).bit_not()))
        .all_rows()
        .execute(&db)
        .await?;
    let flags: Vec<u8> = Number::select().distinct().order_by(Number::FLAGS).columns(Number::FLAGS).all(&db).await?;
    assert_eq!(flags, [0x80, 0xF0]);
    let text = Number::select().columns(Number::A.bit_and(3).bit_or(-Number::B)).to_sql(Dialect::Sqlite)?.text;
    assert_eq!(text, r#"SELECT ("a" & ?) | -"b" FROM "number""#);
    let text = Number::select().columns((-Number::A).bit_not() * 2).to_sql(Dialect::Sqlite)?.text;
    assert_eq!(text, r#"SELECT (~(-"a")) * ? FROM "number""#);
    Ok(())
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Float {
    #[column(primary_key)]
    id: i64,
    x: f64,
}

/// Returns whether two numbers differ in their last digits at most.
fn is_almost(one: f64, other: f64) -> bool {
    one == other || ((one - other) / other).abs() < 1e-15
}

#[on_every_database]
async fn numeric_functions_agree_with_rust(db: Database) -> Result<()> {
    db.create(Float).await?;
    let samples = [0.0, 0.25, -0.5, 1.0, -1.0, 2.5, -2.5, 700.0, 1e9, -1e300, 1e300];
    Float::insert_all((1..).zip(samples).map(|(id, x)| Float { id, x })).execute(&db).await?;
    let x = Float::X;
    let by_id = || Float::select().order_by(Float::ID);
    let whole = by_id().columns((x.ceil(), x.floor(), x.trunc(), x.abs(), x.sign()));
    let angles = by_id().columns((x.atan(), x.atan2(2.0), x.radians(), x.degrees()));
    let sides = by_id().columns((x.sin(), x.cos(), x.tan()));
    let few = samples.into_iter().filter(|x| x.abs() <= 700.0);
    let some = by_id().filter(x.between(-700.0, 700.0));
    let some = some.columns((x.sqrt(), x.exp(), x.ln(), x.log10(), x.power(2.0), x.asin(), x.acos()));
    let number = |x: f64| Some(x).filter(|x| x.is_finite());
    let sign = |x: f64| if x == 0.0 { 0 } else { x.signum() as i64 };
    assert_eq!(whole.all(&db).await?, samples.map(|x| (x.ceil(), x.floor(), x.trunc(), x.abs(), sign(x))));
    // Databases multiply or divide by a rounded constant, and may differ in the last digit.
    for ((atan, atan2, radians, degrees), x) in angles.all(&db).await?.into_iter().zip(samples) {
        assert_eq!((atan, atan2), (x.atan(), x.atan2(2.0)));
        assert!(is_almost(radians, x.to_radians()) && is_almost(degrees, x.to_degrees()), "{radians} and {degrees}");
    }
    assert_eq!(sides.all(&db).await?, samples.map(|x| (number(x.sin()), number(x.cos()), number(x.tan()))));
    for ((sqrt, exp, ln, log10, power, asin, acos), x) in some.all(&db).await?.into_iter().zip(few) {
        let logarithm = |y: f64| number(y).filter(|_| x > 0.0);
        assert_eq!((sqrt, exp, ln), (number(x.sqrt()), number(x.exp()), logarithm(x.ln())), "{x}");
        assert_eq!((log10, power), (logarithm(x.log10()), number(x.powf(2.0))), "{x}");
        assert_eq!((asin, acos), (number(x.asin()), number(x.acos())), "{x}");
    }
    // The distance in miles from Newark to San Francisco, on a sphere with the earth's radius.
    let angle = |degrees: f64| value(degrees).radians();
    let (from, to, across) = (angle(40.6925), angle(37.618972), angle(-74.168667 + 122.374889));
    let cosine = from.clone().sin() * to.clone().sin() + from.cos() * to.cos() * across.cos();
    let way: Option<f64> = Float::find(1).columns(cosine.acos() * 3958.8).one(&db).await?;
    assert_eq!(way.map(f64::round), Some(2559.0));
    Ok(())
}

#[on_every_database]
async fn functions_of_infinity_return_infinity_or_null(db: Database) -> Result<()> {
    db.create(Float).await?;
    let samples = [f64::INFINITY, f64::NEG_INFINITY, f64::MAX];
    Float::insert_all((1..).zip(samples).map(|(id, x)| Float { id, x })).execute(&db).await?;
    let x = Float::X;
    let by_id = || Float::select().order_by(Float::ID);
    let whole = by_id().columns((x.ceil(), x.floor(), x.trunc(), x.atan(), x.radians()));
    assert_eq!(whole.all(&db).await?, samples.map(|x| (x.ceil(), x.floor(), x.trunc(), x.atan(), x.to_radians())));
    Ok(())
}

#[on_every_database]
async fn the_sine_of_infinity_is_null(db: Database) -> Result<()> {
    db.create(Float).await?;
    Float::insert(Float { id: 1, x: f64::INFINITY }).execute(&db).await?;
    let x = Float::X;
    assert_eq!(Float::find(1).columns((x.sin(), x.cos(), x.tan())).one(&db).await?, (None, None, None));
    Ok(())
}

#[on_every_database]
async fn a_power_beyond_the_largest_number_is_null(db: Database) -> Result<()> {
    db.create(Float).await?;
    Float::insert(Float { id: 1, x: 1e300 }).execute(&db).await?;
    let x = Float::X;
    assert_eq!(Float::find(1).columns((x.exp(), x.power(2.0))).one(&db).await?, (None, None));
    Ok(())
}

#[on_every_database]
async fn a_result_beyond_the_largest_number_is_infinite(db: Database) -> Result<()> {
    db.create(Float).await?;
    Float::insert(Float { id: 1, x: f64::MAX }).execute(&db).await?;
    let degrees: f64 = Float::find(1).columns(Float::X.degrees()).one(&db).await?;
    assert_eq!(degrees, f64::INFINITY);
    Ok(())
}

#[on_every_database]
async fn thousands_of_conditions_can_be_combined(address: String) -> Result<()> {
    // The thread has a stack of 2 MiB, the default size of Rust's threads.
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let db = Database::open(address).await?;
            fill(&db).await;
            let is = |n| User::ID.eq(n);
            assert_eq!(ids!(&db, any_of((2..5002).map(is))), [2, 3, 4]);
            assert_eq!(ids!(&db, all_of((2..5002).map(|n| User::ID.ne(n)))), [1]);
            let mut any: Condition<User> = is(2);
            let mut before: Condition<User> = is(2);
            let mut all: Condition<User> = User::ID.ne(2);
            for n in 3..5002 {
                any = any.or(is(n)).into();
                before = is(n).or(before).into();
                all = all.and(User::ID.ne(n)).into();
            }
            assert_eq!(ids!(&db, any.clone()), [2, 3, 4]);
            assert_eq!(ids!(&db, before), [2, 3, 4]);
            assert_eq!(ids!(&db, all.clone()), [1]);
            assert_eq!(ids!(&db, not(any).and(all)), [1]);
            db.close().await
        })
    });
    thread.unwrap().join().unwrap()
}
