//! What `tracing` is told of statements.
#![cfg(feature = "tracing")]

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use aio_sql::{Database, Result, sql};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Keeps every event of the library as a line.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{field}={value:?} ").expect("a String takes all");
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "aio_sql"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = String::new();
        event.record(&mut Line(&mut line));
        self.0.lock().expect("no panic").push(line);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn every_statement_is_an_event_with_its_text_and_without_its_values() -> Result<()> {
    let lines = Lines::default();
    tracing::subscriber::set_global_default(lines.clone()).expect("it is the first");
    let db = Database::memory().await?;
    sql!("create table t (x text)").execute(&db).await?;
    let secret = "s3cret";
    sql!("insert into t values ({secret})").execute(&db).await?;
    sql!("insert into nowhere values ({secret})").execute(&db).await.expect_err("no such table");
    sql!("select {secret} from t where y").execute(&db).await.expect_err("no such column");
    sql!("insert into t values ({secret}), (abs(-9223372036854775808))").execute(&db).await.expect_err("an overflow");
    db.close().await?;
    let lines = lines.0.lock().expect("no panic").join("\n");
    assert!(
        lines.contains("sql=\"insert into t values (?)\" connection=\"aio-sql writer\" rows=0 rows_affected=1"),
        "{lines}"
    );
    assert_eq!(lines.matches("statement failed").count(), 3, "{lines}");
    assert!(lines.contains("elapsed="), "{lines}");
    assert!(!lines.contains(secret), "{lines}");
    Ok(())
}
