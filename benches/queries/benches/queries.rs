//! The cost of building a query as a value, and of writing its text.

use std::hint::black_box;

use aio_sql::{Dialect, Joined, Select, Table};
use criterion::{Criterion, criterion_group, criterion_main};

#[derive(Table)]
struct Airline {
    #[column(primary_key)]
    carrier: String,
    name: String,
}

#[derive(Table)]
struct Airport {
    #[column(primary_key)]
    faa: String,
    name: String,
}

#[derive(Table)]
struct Plane {
    #[column(primary_key)]
    tailnum: String,
    seats: u16,
}

#[derive(Table)]
struct Flight {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = Airline::CARRIER)]
    carrier: String,
    #[column(references = Airport::FAA)]
    origin: String,
    #[column(references = Plane::TAILNUM)]
    tailnum: Option<String>,
    delay: Option<i32>,
    distance: i32,
}

fn one_table() -> Select<Flight> {
    Flight::select()
        .filter(Flight::DELAY.gt(5).and(Flight::CARRIER.eq("UA")))
        .order_by(Flight::DISTANCE.desc())
        .limit(10)
}

fn three_joins() -> Joined<(Flight, Airline, Airport, Option<Plane>)> {
    Flight::select()
        .join(Airline)
        .join(Airport)
        .left_join(Plane)
        .filter(Flight::DELAY.gt(5).and(Airline::NAME.eq("United")))
        .order_by((Flight::DISTANCE.desc(), Plane::SEATS))
        .limit(10)
}

fn queries(criterion: &mut Criterion) {
    criterion.bench_function("one table, built", |bencher| bencher.iter(|| black_box(one_table())));
    criterion.bench_function("one table, built and written", |bencher| {
        bencher.iter(|| black_box(one_table().to_sql(Dialect::Sqlite)));
    });
    criterion.bench_function("three joins, built", |bencher| bencher.iter(|| black_box(three_joins())));
    criterion.bench_function("three joins, built and written", |bencher| {
        bencher.iter(|| black_box(three_joins().to_sql(Dialect::Sqlite)));
    });
}

criterion_group!(benches, queries);
criterion_main!(benches);
