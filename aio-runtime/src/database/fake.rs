//! A database that is none: what the library does with another backend than those it has.

#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use super::Database;
use crate::Migration;
use crate::dialect::Dialect;
use crate::engine::queue::{Next, Slot};
use crate::engine::request::Name;
use crate::engine::{Backend, Capabilities, Lent, Link, Metrics, Pushed, Queue, Request, Settings, TransactionMode};
use crate::error::{Error, ErrorKind, Result};
use crate::executor::Executor;
use crate::outcome::Outcome;
use crate::statement::query;
use crate::transaction::Transaction;

/// Answers statements by a script, and all else with success.
#[derive(Default)]
struct Fake {
    settings: Settings,
    script: Arc<Script>,
    closed: AtomicBool,
}

/// What was sent, and what is answered.
#[derive(Default)]
struct Script {
    seen: Mutex<Vec<String>>,
    answers: Mutex<VecDeque<Result<Outcome>>>,
}

impl Script {
    fn answer(&self, request: Request) {
        self.seen.lock().unwrap().push(request.command.text().to_string());
        let is_statement = !request.command.sql().is_empty();
        let answer = is_statement.then(|| self.answers.lock().unwrap().pop_front()).flatten();
        request.responder.finish(answer.unwrap_or_else(|| Ok(Outcome::default())));
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

impl Backend for Fake {
    fn dialect(&self) -> Dialect {
        DIALECT
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { transaction_modes: &[TransactionMode::Immediate], foreign_keys_off: false }
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn address(&self) -> String {
        "fake".to_owned()
    }

    fn send(&self, request: Request) -> (Arc<Queue>, Pushed) {
        self.script.answer(request);
        (Queue::of_one_connection(), Pushed::Waits)
    }

    fn connect(&self) -> Pin<Box<dyn Future<Output = Result<Link>> + Send + '_>> {
        let queue = Queue::of_one_connection();
        let (served, script) = (Arc::clone(&queue), Arc::clone(&self.script));
        thread::spawn(move || {
            let slot = Slot::take(&served, &Name::from("fake connection"));
            while let Next::Request(request) = slot.next(false, false) {
                script.answer(request);
            }
        });
        Box::pin(async { Ok(Link { queue }) })
    }

    fn compare(&self, _: &'static str, _: Vec<String>, _: Vec<String>) -> Lent<Result<Vec<String>>> {
        Lent::new(|_: &mut ()| Ok(Vec::new()))
    }

    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.closed.store(true, Ordering::Release);
        Box::pin(async {})
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn metrics(&self) -> Metrics {
        Metrics::default()
    }
}

/// The SQL that it speaks.
pub(super) const DIALECT: Dialect = Dialect::Postgres;

/// Opens the database of an address that begins with `fake:`.
pub(super) fn open(settings: Settings) -> Arc<dyn Backend> {
    Arc::new(Fake { settings, ..Fake::default() })
}

/// A fake database that gives these answers.
fn fake(answers: impl IntoIterator<Item = Result<Outcome>>) -> (Database, Arc<Script>) {
    let fake = Fake::default();
    fake.script.answers.lock().unwrap().extend(answers);
    let script = Arc::clone(&fake.script);
    (Database { executor: Executor::database(Arc::new(fake)) }, script)
}

fn failure(kind: ErrorKind) -> Result<Outcome> {
    Err(Error::new(kind, "as the script says"))
}

#[tokio::test]
async fn a_statement_goes_to_whichever_database_there_is() {
    let (db, script) = fake([Ok(Outcome { rows_affected: 3, last_insert_id: None })]);
    assert_eq!(query("delete from a").execute(&db).await.unwrap().rows_affected, 3);
    assert_eq!(script.seen(), ["delete from a"]);
    assert_eq!(db.dialect(), Dialect::Postgres);
    assert_eq!(format!("{db:?}"), r#"Database { address: "fake", closed: false }"#);
}

#[tokio::test]
async fn a_database_that_is_closed_is_sent_nothing() {
    let (db, script) = fake([]);
    db.clone().close().await.unwrap();
    assert!(query("delete from a").execute(&db).await.unwrap_err().is_closed());
    assert!(script.seen().is_empty());
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn what_another_database_alone_can_do_is_unsupported_and_nothing_is_sent() {
    let (db, script) = fake([]);
    let database = DIALECT.name();
    let errors = [
        ("`run`", db.run(|_| ()).await.unwrap_err()),
        ("`run_read`", db.run_read(|_| ()).await.unwrap_err()),
        ("`checkpoint`", db.checkpoint().await.unwrap_err()),
        ("`integrity_check`", db.integrity_check().await.unwrap_err()),
        ("`backup`", db.backup("copy.db", |_| {}).await.unwrap_err()),
    ];
    for (what, error) in errors {
        assert_eq!(*error.kind(), ErrorKind::Unsupported { database, what: what.to_owned() });
    }
    assert_eq!(db.path().as_os_str(), "");
    assert!(script.seen().is_empty());
}

#[tokio::test]
async fn a_transaction_whose_connection_was_lost_before_it_ran_is_run_again() {
    let (db, script) = fake([failure(ErrorKind::Disconnected)]);
    let work = |tx: Transaction| async move { query("delete from a").execute(&tx).await };
    db.retry_transaction(work).await.unwrap();
    assert_eq!(script.seen(), ["begin", "delete from a", "rollback", "begin", "delete from a", "commit"]);
}

#[tokio::test]
async fn what_may_have_run_is_never_repeated_by_itself() {
    let (db, script) = fake([failure(ErrorKind::OutcomeUnknown)]);
    let work = |tx: Transaction| async move { query("delete from a").execute(&tx).await };
    let error = db.retry_transaction(work).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::OutcomeUnknown);
    assert!(!error.is_transient());
    assert_eq!(script.seen(), ["begin", "delete from a", "rollback"]);
}

#[tokio::test]
async fn a_transaction_in_a_mode_that_the_database_does_not_have_is_unsupported_and_nothing_is_sent() {
    let (db, script) = fake([]);
    let error = db.begin_with(TransactionMode::Exclusive).await.unwrap_err();
    let what = "`TransactionMode::Exclusive`".to_owned();
    assert_eq!(*error.kind(), ErrorKind::Unsupported { database: DIALECT.name(), what });
    assert!(script.seen().is_empty());
}

#[tokio::test]
async fn a_migration_that_switches_foreign_keys_off_where_that_cannot_be_done_is_unsupported_and_nothing_is_sent() {
    let (db, script) = fake([]);
    let steps = [Migration::new("one", "select 1"), Migration::new("two", "select 2").foreign_keys_off()];
    let error = db.migrate(&steps).await.unwrap_err();
    let what = "`Migration::foreign_keys_off`".to_owned();
    assert_eq!(*error.kind(), ErrorKind::Unsupported { database: DIALECT.name(), what });
    assert!(script.seen().is_empty());
}

#[tokio::test]
async fn a_database_is_opened_with_the_settings_that_every_database_has() {
    let db = Database::builder("fake:").max_connections(3).statement_cache(5).open().await.unwrap();
    assert_eq!(db.dialect(), DIALECT);
    assert_eq!(db.backend().settings().connections, 3);
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_setting_that_the_database_does_not_have_fails_at_open_by_its_name() {
    let builder = Database::builder("fake:").max_connections(3).wal_limit(0).readers(4);
    let error = builder.open().await.unwrap_err();
    let what = "setting `wal_limit`".to_owned();
    assert_eq!(*error.kind(), ErrorKind::Unsupported { database: DIALECT.name(), what });
    assert_eq!(error.to_string(), format!("{} has no setting `wal_limit`", DIALECT.name()));
}
