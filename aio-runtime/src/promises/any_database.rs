//! Tests of behaviour that is the same for every database: sending statements, closing, settings,
//! and the errors for features that a database does not have.

use super::*;
use crate::engine::TransactionMode;
use crate::migrate::Migration;

#[tokio::test]
async fn statements_are_sent_to_any_database() {
    let (db, script) = open().await;
    script.next("delete from a", Answer::affected(3));
    assert_eq!(query("delete from a").execute(&db).await.unwrap().rows_affected, 3);
    assert_eq!(script.log(), ["delete from a"]);
    assert_eq!(db.dialect(), DIALECT);
    assert_eq!(format!("{db:?}"), r#"Database { address: "fake:", closed: false }"#);
}

#[tokio::test]
async fn a_closed_database_is_sent_nothing() {
    let (db, script) = open().await;
    db.clone().close().await.unwrap();
    assert!(query("delete from a").execute(&db).await.unwrap_err().is_closed());
    assert!(db.connect().await.unwrap_err().is_closed());
    assert_eq!((script.log(), script.opened()), (vec![], 0));
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_feature_of_another_database_is_unsupported_and_nothing_is_sent() {
    let (db, script) = open().await;
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
    assert!(script.log().is_empty());
}

#[tokio::test]
async fn a_transaction_in_a_mode_that_the_database_does_not_have_is_unsupported_and_nothing_is_sent() {
    let (db, script) = open().await;
    let error = db.begin_with(TransactionMode::Exclusive).await.unwrap_err();
    let what = "`TransactionMode::Exclusive`".to_owned();
    assert_eq!(*error.kind(), ErrorKind::Unsupported { database: DIALECT.name(), what });
    assert!(script.log().is_empty());
}

#[tokio::test]
async fn a_migration_without_foreign_keys_is_unsupported_where_they_cannot_be_turned_off() {
    let (db, script) = open().await;
    let steps = [Migration::new("one", "select 1"), Migration::new("two", "select 2").foreign_keys_off()];
    let error = db.migrate(&steps).await.unwrap_err();
    let what = "`Migration::foreign_keys_off`".to_owned();
    assert_eq!(*error.kind(), ErrorKind::Unsupported { database: DIALECT.name(), what });
    // The history is read, to see whether the steps were run before.
    let history = DIALECT.catalogue().digest_of_migrations;
    assert!(script.log().iter().all(|sent| sent == history), "{:?}", script.log());
}

#[tokio::test]
async fn a_database_is_opened_with_the_settings_that_every_database_has() {
    let db = Database::builder("fake:").max_connections(3).statement_cache(5).open().await.unwrap();
    assert_eq!(db.dialect(), DIALECT);
    assert_eq!(db.backend().settings().connections, 3);
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn open_names_a_setting_that_the_database_does_not_have() {
    let builder = Database::builder("fake:").max_connections(3).wal_limit(0).readers(4);
    let error = builder.open().await.unwrap_err();
    let what = "setting `wal_limit`".to_owned();
    assert_eq!(*error.kind(), ErrorKind::Unsupported { database: DIALECT.name(), what });
    assert_eq!(error.to_string(), format!("{} has no setting `wal_limit`", DIALECT.name()));
}
