//! The sessions of the server belong to other clients, too: nothing is left in them.

use aio_sql::{Database, ErrorKind, Migration, Result, query};
use servers::postgres::PoolerSettings;

use super::{Entry, Tested, entry, work};

/// What must not be left in a session: settings, statements, cursors, locks, temporary tables.
const LEFT: &str = "select
    (select string_agg(name || '=' || setting, ',') from pg_settings where source = 'session'
        and name not in ('TimeZone', 'DateStyle', 'client_encoding', 'application_name')),
    (select count(*) from pg_prepared_statements), (select count(*) from pg_cursors where name <> ''),
    (select count(*) from pg_locks where locktype = 'advisory'),
    (select count(*) from pg_class where relpersistence = 't'), (select count(*) from pg_listening_channels())";

fn nothing() -> Vec<Option<String>> {
    [None].into_iter().chain((0..5).map(|_| Some("0".to_owned()))).collect()
}

/// Raw SQL that would change the session, and what the error says instead.
const REFUSED: [(&str, &str); 16] = [
    ("set lock_timeout = 7", "`SET LOCAL`"),
    ("set session characteristics as transaction read only", "`SET LOCAL`"),
    ("reset all", "`SET LOCAL`"),
    ("select set_config('lock_timeout', '7', false)", "`set_config(…, …, true)`"),
    ("select set_config($1, $2, $3)", "`set_config(…, …, true)`"),
    ("discard all", "without the pooler"),
    ("prepare a as select 1", "without the pooler"),
    ("deallocate all", "without the pooler"),
    ("listen a", "without the pooler"),
    ("create temp table a (b int)", "`ON COMMIT DROP`"),
    ("create local temporary table a (b int)", "`ON COMMIT DROP`"),
    ("select 1 as b into temp a", "`ON COMMIT DROP`"),
    ("declare a cursor with hold for select 1", "without the pooler"),
    ("load 'auto_explain'", "without the pooler"),
    ("select pg_advisory_lock(1)::text", "`pg_advisory_xact_lock`"),
    ("select pg_try_advisory_lock(1)", "`pg_advisory_xact_lock`"),
];

#[tokio::test]
async fn nothing_is_left_in_the_sessions_and_raw_sql_that_would_leave_something_is_refused() -> Result<()> {
    let tested = Tested::new(3);
    for (address, first) in tested.addresses().iter().zip([0, 1000]) {
        let db = tested.open(address).await?;
        db.create_if_missing(Entry).await?;
        work(&db, first).await?;
        let conn = db.connect().await?;
        let tx = db.begin().await?;
        for (statement, instead) in REFUSED {
            for ex in [&*db, &*conn, &*tx] {
                let error = query(statement).execute(ex).await.unwrap_err();
                assert_eq!(*error.kind(), ErrorKind::Usage, "{statement}: {error:?}");
                assert!(error.to_string().contains(instead), "{statement}: {error}");
                let error = ex.execute_script(statement).await.unwrap_err();
                assert_eq!(*error.kind(), ErrorKind::Usage, "{statement}: {error:?}");
            }
        }
        // What ends with the transaction is allowed.
        query("set local lock_timeout = 7").execute(&tx).await?;
        query("select set_config('statement_timeout', '7s', true)").execute(&tx).await?;
        query("create temp table a (b int) on commit drop").execute(&tx).await?;
        query("insert into a values (1)").execute(&tx).await?;
        query("select pg_advisory_xact_lock(1)::text").execute(&tx).await?;
        query("declare a cursor for select 1").execute(&tx).await?;
        assert_eq!(query("show lock_timeout").scalar::<String>(&tx).await?, "7ms");
        tx.commit().await?;
        conn.close().await?;
        db.close().await?;
        assert_eq!(tested.in_each_session(3, LEFT), vec![nothing(); 3]);
    }
    Ok(())
}

#[tokio::test]
async fn the_settings_of_other_clients_stay_in_their_sessions() -> Result<()> {
    let tested = Tested::new(3);
    // Somebody who relies on it, rightly or not.
    tested.in_each_session(3, "set work_mem = '7MB'; prepare own as select 1; select pg_advisory_lock_shared(3)");
    for (address, first) in tested.addresses().iter().zip([0, 1000]) {
        let db = tested.open(address).await?;
        db.create_if_missing(Entry).await?;
        work(&db, first).await?;
        let conn = db.connect().await?;
        // What may change the session is not undone at the cost of others.
        conn.execute_script("do $$ begin perform 1; end $$").await?;
        query("do $$ begin perform 1; end $$").execute(&db).await?;
        conn.close().await?;
        db.close().await?;
        let kept =
            "select current_setting('work_mem'), (select count(*) from pg_prepared_statements where name = 'own')";
        assert_eq!(tested.in_each_session(3, kept), vec![vec![Some("7MB".to_owned()), Some("1".to_owned())]; 3]);
    }
    Ok(())
}

const STEPS: [Migration<'_>; 2] = [
    Migration::new("0001_a", "create table a (b int)"),
    Migration::new("0002_b", "-- aio-sql: no transaction\ncreate index concurrently a_b on a (b)"),
];

#[tokio::test]
async fn a_schema_is_compared_and_migrated_without_leaving_anything() -> Result<()> {
    let tested = Tested::new(3);
    for address in tested.addresses() {
        let db = tested.open(&address).await?;
        db.create_if_missing(Entry).await?;
        let (wanted, found) = (db.schema_of(Entry).await?, db.inspect().await?);
        assert!(wanted.differences(&found)?.is_empty());
        let databases = [tested.open(&address).await?, tested.open(&address).await?, db.clone()];
        let runs = databases.iter().map(|db| {
            let db = db.clone();
            tokio::spawn(async move { db.migrate(&STEPS).await })
        });
        for run in runs.collect::<Vec<_>>() {
            run.await.unwrap()?;
        }
        assert_eq!(query("select count(*) from _aio_sql_migrations").scalar::<i64>(&db).await?, 2);
        for db in databases {
            db.close().await?;
        }
        assert_eq!(tested.in_each_session(3, LEFT), vec![nothing(); 3]);
        tested.client().run("drop table a, _aio_sql_migrations, _aio_sql_unfinished").unwrap();
    }
    Ok(())
}

#[tokio::test]
async fn a_write_that_gets_no_session_has_certainly_not_run() -> Result<()> {
    let tested = Tested::with(PoolerSettings::sessions(1).line("query_wait_timeout = 1"));
    for (address, number) in tested.addresses().iter().zip([1, 2]) {
        let db = Database::builder(address).acquire_timeout(std::time::Duration::from_millis(1)).open().await?;
        db.create_if_missing(Entry).await?;
        // What the statement returns is known before.
        Entry::insert(entry(-number)).execute(&db).await?;
        let mut other = tested.client();
        other.run("begin").unwrap();
        let error = Entry::insert(entry(number)).execute(&db).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Disconnected | ErrorKind::CannotOpen), "{error:?}");
        other.run("commit").unwrap();
        assert!(!Entry::select().filter(Entry::NUMBER.eq(number)).exists(&db).await?);
        db.close().await?;
    }
    Ok(())
}
