//! The results of the operators are those of calculations in `i128`, or errors if they do not fit
//! in `i64`.

use std::cmp::Ordering;

use aio_sql::{Dialect, Scaled};
use futures_lite::future::block_on;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;

fn scaled(units: i128, scale: u32) -> Decimal {
    Decimal::from_i128_with_scale(units, scale)
}

/// Returns the quotient, rounded half to even, by comparing twice the remainder with the divisor.
fn half_even(dividend: i128, divisor: i128) -> i128 {
    let (quotient, rest) = (dividend.div_euclid(divisor), dividend.rem_euclid(divisor));
    // The Euclidean remainder is never negative, so the quotient is the lower neighbour for a
    // positive divisor and the upper one for a negative divisor.
    let next = if divisor > 0 { quotient + 1 } else { quotient - 1 };
    match (2 * rest).cmp(&divisor.abs()) {
        Ordering::Less => quotient,
        Ordering::Greater => next,
        Ordering::Equal if quotient % 2 == 0 => quotient,
        Ordering::Equal => next,
    }
}

/// Returns the decimal, or `None` if its units exceed `i64`, which is an error in the database.
fn fits(units: i128, scale: u32) -> Option<Decimal> {
    i64::try_from(units).ok().map(|units| scaled(units.into(), scale))
}

fn units() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), -100_000..100_000_i64, (i64::MAX - 3)..=i64::MAX, i64::MIN..=(i64::MIN + 3)]
}

#[on_every_database]
async fn every_operator_is_exact_or_an_error(db: Database) -> Result<()> {
    shop(&db).await?;
    // A statement takes longer on a server.
    let cases = if db.dialect() == Dialect::Sqlite { 192 } else { 64 };
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&(units(), units(), units()), |(price, rate, stock)| {
        block_on(async {
            Product::update()
                .set(Product::PRICE, scaled(price.into(), 2))
                .set(Product::RATE, scaled(rate.into(), 4))
                .set(Product::STOCK, stock)
                .filter(Product::ID.eq(1))
                .execute(&db)
                .await
                .unwrap();
            let (p, r, s) = (i128::from(price), i128::from(rate), i128::from(stock));
            macro_rules! same {
                ($expr:expr, $expected:expr) => {
                    let found: Option<Decimal> = Product::find(1).columns($expr).one(&db).await.ok();
                    prop_assert_eq!(found, $expected, "{}", stringify!($expr));
                };
            }
            macro_rules! same_or_null {
                ($expr:expr, $divisor:expr, $expected:expr) => {
                    let found: Option<Option<Decimal>> = Product::find(1).columns($expr).one(&db).await.ok();
                    let expected = if $divisor == 0 { Some(None) } else { $expected.map(Some) };
                    prop_assert_eq!(found, expected, "{}", stringify!($expr));
                };
            }
            macro_rules! holds {
                ($expr:expr, $expected:expr, $exact:expr) => {
                    let found = Product::find(1).columns($expr).one(&db).await.ok();
                    prop_assert_eq!(found, $exact.then_some($expected), "{}", stringify!($expr));
                };
            }
            let raised = p * 100;
            let is_exact = i64::try_from(raised).is_ok();
            same!(Product::PRICE + scaled(r, 2), fits(p + r, 2));
            same!(Product::PRICE - scaled(r, 2), fits(p - r, 2));
            same!(scaled(r, 2) - Product::PRICE, fits(r - p, 2));
            same!(Product::PRICE + Product::RATE, fits(raised + r, 4).filter(|_| is_exact));
            same!(Product::RATE - Product::PRICE, fits(r - raised, 4).filter(|_| is_exact));
            same!(Product::PRICE * Product::RATE, fits(p * r, 6));
            same!(Product::PRICE * Product::STOCK, fits(p * s, 2));
            same!(Product::PRICE * stock, fits(p * s, 2));
            same!(stock * Product::PRICE, fits(p * s, 2));
            same!(Product::PRICE * Scaled::<3>(scaled(r, 3)), fits(p * r, 5));
            same!(-Product::PRICE, fits(-p, 2));
            same!(Product::PRICE.abs(), fits(p.abs(), 2));
            same!(Product::PRICE.round_to::<0>(), fits(half_even(p, 100), 0));
            same!(Product::RATE.round_to::<2>(), fits(half_even(r, 100), 2));
            same!(Product::PRICE.round_to::<5>(), fits(p * 1000, 5));
            same_or_null!(Product::PRICE % scaled(r, 2), r, Some(scaled(p % r.max(1).max(r.abs()), 2)));
            same_or_null!(Product::PRICE.div_to::<2, _>(Product::RATE), r, {
                fits(half_even(p * 10_000, if r == 0 { 1 } else { r }), 2)
            });
            same_or_null!(Product::PRICE.div_to::<4, _>(Product::STOCK), s, {
                fits(half_even(p * 100, if s == 0 { 1 } else { s }), 4)
            });
            same_or_null!(Product::RATE.div_to::<0, _>(Product::PRICE), p, {
                fits(half_even(r, if p == 0 { 1 } else { p * 100 }), 0)
            });
            holds!(Product::PRICE.lt(Product::RATE), raised < r, is_exact);
            holds!(Product::RATE.ge(Product::PRICE), r >= raised, is_exact);
            holds!(Product::PRICE.eq(scaled(r, 2)), p == r, true);
            holds!((Product::PRICE * Product::RATE).gt(scaled(s, 6)), p * r > s, i64::try_from(p * r).is_ok());
            Ok(())
        })
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    db.close().await
}
