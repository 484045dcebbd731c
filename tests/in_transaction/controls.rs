//! Statements that begin or end transactions, which are refused in those of the library.

use aio_sql::{Error, ErrorKind, Executor, Result, Row, query};

use crate::hold::{Item, item, numbers};

/// Statements that begin or end a transaction, and the library's own savepoints.
pub(crate) const CONTROLS: &[&str] = &[
    "begin",
    "begin transaction",
    "commit",
    "/* a */ Commit Transaction",
    "end",
    "-- b\nEND TRANSACTION",
    "rollback",
    "ROLLBACK TRANSACTION",
    "COMMIT /* of the library */",
    "savepoint aio_sql_0",
    "savepoint \"aio_sql_1\"",
    "release aio_sql_0",
    "release savepoint aio_sql_0",
    "rollback to aio_sql_0",
];

/// Runs a statement by itself and in scripts, and returns the errors. Panics if it is not refused
/// each time.
pub(crate) async fn refusals(ex: &Executor, text: &'static str) -> Vec<Error> {
    let results = [
        query(text).execute(ex).await.map(drop),
        query(text).all::<Row>(ex).await.map(drop),
        ex.execute_script(text).await,
        ex.execute_script(format!("select 1; {text}; select 2")).await,
    ];
    results.into_iter().map(|result| result.err().unwrap_or_else(|| panic!("`{text}` is not refused"))).collect()
}

/// Asserts that each of the statements is refused in a transaction and in a nested one, which are
/// then as they were. `refusals` runs a statement in several ways, and returns the errors.
pub(crate) async fn are_refused_in_transactions(
    ex: &Executor,
    texts: &[&'static str],
    refusals: impl AsyncFn(&Executor, &'static str) -> Vec<Error>,
) -> Result<()> {
    let tx = ex.begin().await?;
    Item::insert(item(1)).execute(&tx).await?;
    let nested = tx.begin().await?;
    Item::insert(item(2)).execute(&nested).await?;
    for text in texts {
        for error in refusals(&nested, text).await {
            assert_eq!(error.kind(), &ErrorKind::Usage, "{text}: {error:?}");
            assert!(error.to_string().contains('`'), "{text}: {error} names no call");
        }
    }
    assert_eq!(numbers(&nested).await?, [1, 2], "it is as it was");
    nested.rollback().await?;
    for text in texts {
        for error in refusals(&tx, text).await {
            assert_eq!(error.kind(), &ErrorKind::Usage, "{text}: {error:?}");
        }
    }
    assert_eq!(numbers(&tx).await?, [1]);
    tx.rollback().await?;
    assert!(numbers(ex).await?.is_empty(), "nothing was committed");
    Ok(())
}
