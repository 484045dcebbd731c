//! Sums of spans of time, in the library's form and in the encodings of other programs.

use std::time::Duration;

use aio_sql::{Database, Dialect, ErrorKind, Result, Table};
use servers::on_every_database;

#[derive(Table, Clone, Debug)]
struct Run {
    #[column(primary_key, auto)]
    id: i64,
    took: Duration,
    waited: Option<Duration>,
    #[column(time = "seconds")]
    pause: Duration,
}

async fn runs(db: &Database, spans: &[(u64, Option<u64>)]) -> Result<()> {
    db.create(Run).await?;
    let run = |(took, waited): &(u64, Option<u64>)| NewRun {
        took: Duration::from_nanos(*took),
        waited: waited.map(Duration::from_nanos),
        pause: Duration::from_secs(*took),
    };
    Run::insert_all(spans.iter().map(run)).execute(db).await?;
    Ok(())
}

#[on_every_database]
async fn the_sum_of_spans_is_a_span(db: Database) -> Result<()> {
    runs(&db, &[(1, Some(20)), (2, None), (4, Some(22))]).await?;
    let sums = (Run::TOOK.sum(), Run::WAITED.sum(), Run::PAUSE.sum(), (Run::TOOK.sum()).filter(Run::ID.gt(9)));
    let sums: (Option<Duration>, Option<Duration>, Option<Duration>, Option<Duration>) =
        Run::select().columns(sums).one(&db).await?;
    let nanos = |nanos| Some(Duration::from_nanos(nanos));
    assert_eq!(sums, (nanos(7), nanos(42), Some(Duration::from_secs(7)), None));
    let long = Run::select().group_by(Run::WAITED.is_null()).having(Run::TOOK.sum().gt(Duration::from_nanos(4)));
    assert_eq!(long.columns(Run::TOOK.sum()).all(&db).await?, [nanos(5)]);
    db.close().await
}

#[on_every_database]
async fn a_sum_of_spans_that_does_not_fit_is_an_error(db: Database) -> Result<()> {
    runs(&db, &[(1, None), (2, None)]).await?;
    let most = Duration::from_nanos(i64::MAX as u64);
    Run::update().set(Run::TOOK, most).all_rows().execute(&db).await?;
    let error = Run::select().columns(Run::TOOK.sum()).one(&db).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Sql, "{error}");
    let words = if db.dialect() == Dialect::Sqlite { "overflow" } else { "out of range" };
    assert!(error.to_string().contains(words), "{error}");
    db.close().await
}
