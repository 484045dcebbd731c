//! What the tests that [`on_every_database`](crate::on_every_database) makes do.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use aio_sql::{Builder, Database, Error, ErrorKind, Result};

use crate::postgres;

/// What a test ends with on a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The function succeeds.
    Success,
    /// The function fails because the database lacks this feature.
    Unsupported(&'static str),
    /// The function fails with this code of the server, a SQLSTATE.
    Refused(&'static str),
    /// The function fails because the database has ended a transaction after an error in it.
    RolledBack,
    /// The function fails because the program asks for what cannot be, with an error that contains
    /// these words.
    Misused(&'static str),
    /// An assertion of the function fails, with these words: what it asserts does not hold there.
    Broken(&'static str),
}

/// What a test needs of a database that not every installation has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// A collation without regard to case.
    Nocase,
}

/// What a test takes: a database, a builder for one with settings of its own, or its address.
pub trait Subject: Sized {
    /// Makes it for an address.
    fn at(address: &str) -> impl Future<Output = Result<Self>>;
}

impl Subject for Database {
    async fn at(address: &str) -> Result<Database> {
        Database::open(address).await
    }
}

impl Subject for Builder {
    async fn at(address: &str) -> Result<Builder> {
        Ok(Database::builder(address))
    }
}

impl Subject for String {
    async fn at(address: &str) -> Result<String> {
        Ok(address.to_owned())
    }
}

/// Runs a test with an empty SQLite database in memory.
///
/// # Panics
/// Panics if the test ends in another way than `outcome` says.
pub fn on_sqlite<S: Subject, F: Future<Output = Result<()>>>(test: impl FnOnce(S) -> F, outcome: Outcome) {
    check(block_on(async { test(S::at(":memory:").await?).await }), "sqlite", outcome);
}

/// Runs a test with a schema of its own in the PostgreSQL server that the tests of the process
/// share.
///
/// # Panics
/// Panics if the test ends in another way than `outcome` says, or there is no server.
pub fn on_postgres<S: Subject, F: Future<Output = Result<()>>>(
    test: impl FnOnce(S) -> F,
    outcome: Outcome,
    needs: Needs,
) {
    on_postgres_or_pooler(test, [outcome, outcome], needs);
}

/// Does the same. If the tests of the process go through a pooler, the test has to end as the
/// second outcome says.
///
/// # Panics
/// Panics if the test ends in another way, or there is no server.
pub fn on_postgres_or_pooler<S: Subject, F: Future<Output = Result<()>>>(
    test: impl FnOnce(S) -> F,
    [direct, pooled]: [Outcome; 2],
    needs: Needs,
) {
    let Some(server) = postgres::shared() else { return };
    let schema = block_on(server.create_schema()).expect("a schema for the test");
    // The schema is removed also if the test panics.
    let result = catch_unwind(AssertUnwindSafe(|| block_on(async { test(S::at(schema.address()).await?).await })));
    block_on(server.drop_schema(schema)).expect("the schema is removed");
    let outcome = if postgres::is_pooled() { pooled } else { direct };
    let result = match (result, outcome) {
        (Ok(result), _) => result,
        (Err(panic), Outcome::Broken(words)) if words_of(&*panic).contains(words) => return,
        (Err(panic), _) => resume_unwind(panic),
    };
    match needs {
        Needs::Nocase if !block_on(server.has_icu()).expect("an answer of the server") => {
            let error = result.expect_err("a server without ICU has no collation that ignores the case");
            assert!(error.to_string().contains("ICU is not supported in this build"), "{error:?}");
        }
        _ => check(result, "postgres", outcome),
    }
}

/// Returns the words of a panic.
fn words_of(panic: &(dyn Any + Send)) -> &str {
    panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied()).unwrap_or_default()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime of one thread").block_on(future)
}

fn check(result: Result<()>, database: &str, expected: Outcome) {
    match result {
        Ok(()) => assert_eq!(Outcome::Success, expected, "the test succeeds: remove the exception beside it"),
        Err(error) => assert!(is(&error, database, expected), "{expected:?} is expected: {error:?}"),
    }
}

/// Returns whether an error is exactly what is expected.
fn is(error: &Error, on: &str, expected: Outcome) -> bool {
    match (error.kind(), expected) {
        (ErrorKind::Unsupported { database, what }, Outcome::Unsupported(feature)) => {
            *database == on && what == feature
        }
        (_, Outcome::Refused(code)) => error.code() == Some(code),
        (ErrorKind::RolledBack, Outcome::RolledBack) => true,
        (ErrorKind::Usage, Outcome::Misused(words)) => error.to_string().contains(words),
        _ => false,
    }
}
