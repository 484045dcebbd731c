//! Random queries on small random tables return the rows that an evaluation of the query's tree in
//! plain Rust returns.
//!
//! `AIO_SQL_CASES=2000 cargo test --test query_properties` sets the number of cases of each
//! property; the default is 192.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fmt::Debug;

use aio_sql::{Column, Condition, Database, Result, Table};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

#[path = "databases/mod.rs"]
mod databases;
#[cfg(all(feature = "json", feature = "jiff", feature = "rust_decimal", feature = "uuid"))]
#[path = "query_properties/functions.rs"]
mod functions;
#[path = "query_properties/groups.rs"]
mod groups;
#[path = "query_properties/joins.rs"]
mod joins;
#[path = "query_properties/sets.rs"]
mod sets;
#[path = "query_properties/single.rs"]
mod single;
#[path = "query_properties/subqueries.rs"]
mod subqueries;
#[path = "query_properties/tree.rs"]
mod tree;

#[derive(Table, Clone, Debug)]
#[table(name = "teams")]
struct Team {
    #[column(primary_key)]
    id: i64,
    parent: Option<i64>,
    a: Option<i64>,
    b: Option<i64>,
    n: i64,
    s: Option<String>,
    t: Option<String>,
}

#[derive(Table, Clone, Debug)]
#[table(name = "persons")]
struct Person {
    #[column(primary_key)]
    id: i64,
    #[column(references = Team::ID)]
    parent: Option<i64>,
    a: Option<i64>,
    b: Option<i64>,
    n: i64,
    s: Option<String>,
    t: Option<String>,
}

#[derive(Table, Clone, Debug)]
#[table(name = "visits")]
struct Visit {
    #[column(primary_key)]
    id: i64,
    #[column(references = Person::ID)]
    parent: Option<i64>,
    a: Option<i64>,
    b: Option<i64>,
    n: i64,
    s: Option<String>,
    t: Option<String>,
}

/// A row of any of the tables. If an outer join has found no row, all columns are `None`.
#[derive(Clone, Debug, Default, PartialEq)]
struct Cell {
    id: Option<i64>,
    parent: Option<i64>,
    a: Option<i64>,
    b: Option<i64>,
    n: Option<i64>,
    s: Option<String>,
    t: Option<String>,
}

/// A table that has these five columns, so that one test can query any such table.
trait Cells: Table + Clone + Send + 'static {
    const A: Column<Self, Option<i64>>;
    const B: Column<Self, Option<i64>>;
    const N: Column<Self, i64>;
    const S: Column<Self, Option<String>>;
    const T: Column<Self, Option<String>>;
}

macro_rules! cells {
    ($($table:ident)+) => { $(
        impl Cells for $table {
            const A: Column<Self, Option<i64>> = $table::A;
            const B: Column<Self, Option<i64>> = $table::B;
            const N: Column<Self, i64> = $table::N;
            const S: Column<Self, Option<String>> = $table::S;
            const T: Column<Self, Option<String>> = $table::T;
        }

        impl From<&Cell> for $table {
            fn from(cell: &Cell) -> Self {
                let Cell { id, parent, a, b, n, s, t } = cell.clone();
                $table { id: id.unwrap(), parent, a, b, n: n.unwrap(), s, t }
            }
        }

        impl From<$table> for Cell {
            fn from($table { id, parent, a, b, n, s, t }: $table) -> Self {
                Cell { id: Some(id), parent, a, b, n: Some(n), s, t }
            }
        }

        impl From<Option<$table>> for Cell {
            fn from(row: Option<$table>) -> Self {
                row.map_or_else(Cell::default, Cell::from)
            }
        }
    )+ };
}
cells!(Team Person Visit);

/// The rows of the three tables.
#[derive(Clone, Debug)]
struct Data {
    teams: Vec<Cell>,
    persons: Vec<Cell>,
    visits: Vec<Cell>,
}

fn small() -> impl Strategy<Value = i64> + Clone {
    -3_i64..4
}

fn text() -> impl Strategy<Value = String> + Clone {
    select(vec!["", "a", "A", "ab", "b", "a%", "_", "é"]).prop_map(str::to_owned)
}

/// A strategy for some rows whose parents have numbers below `parents`.
fn cells(parents: usize) -> impl Strategy<Value = Vec<Cell>> {
    let parent = option::of(0..parents.max(1)).prop_map(move |parent| parent.filter(|_| parents > 0));
    let row = (parent, option::of(small()), option::of(small()), small(), option::of(text()), option::of(text()));
    vec(row, 0..6).prop_map(|rows| {
        let row = |(place, (parent, a, b, n, s, t)): (usize, (Option<usize>, _, _, _, _, _))| Cell {
            id: Some(place as i64),
            parent: parent.map(|parent| parent as i64),
            a,
            b,
            n: Some(n),
            s,
            t,
        };
        rows.into_iter().enumerate().map(row).collect()
    })
}

fn data() -> impl Strategy<Value = Data> {
    cells(0)
        .prop_flat_map(|teams| (cells(teams.len()), Just(teams)))
        .prop_flat_map(|(persons, teams)| (Just(teams), cells(persons.len()), Just(persons)))
        .prop_map(|(teams, visits, persons)| Data { teams, persons, visits })
}

async fn fill(db: &Database, data: &Data) -> Result<()> {
    Visit::delete().all_rows().execute(db).await?;
    Person::delete().all_rows().execute(db).await?;
    Team::delete().all_rows().execute(db).await?;
    Team::insert_all(data.teams.iter().map(Team::from).collect::<Vec<_>>()).execute(db).await?;
    Person::insert_all(data.persons.iter().map(Person::from).collect::<Vec<_>>()).execute(db).await?;
    Visit::insert_all(data.visits.iter().map(Visit::from).collect::<Vec<_>>()).execute(db).await?;
    Ok(())
}

/// Runs a check on random tables and random queries, using one database of each kind for all of
/// them.
fn for_queries<S: Strategy>(queries: S, check: impl AsyncFn(&Database, Data, S::Value) -> Result<()>)
where
    S::Value: Clone,
{
    let cases = std::env::var("AIO_SQL_CASES").map_or(192, |text| text.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let databases = runtime.block_on(databases::every()).unwrap();
    for db in &databases {
        runtime.block_on(db.create_all((Team, Person, Visit))).unwrap();
    }
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
    let result = TestRunner::new(config).run(&(data(), queries), |(data, query)| {
        let checked = runtime.block_on(async {
            for db in &databases {
                fill(db, &data).await?;
                check(db, data.clone(), query.clone()).await?;
            }
            Ok::<(), aio_sql::Error>(())
        });
        checked.map_err(|error| TestCaseError::fail(error.to_string()))
    });
    for db in databases {
        runtime.block_on(db.close()).unwrap();
    }
    if let Err(error) = result {
        panic!("{error}");
    }
}
