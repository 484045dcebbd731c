//! What raw SQL changes in a session of PostgreSQL, such as a setting, a temporary table or a
//! lock, never reaches the next user of the connection.

#![allow(clippy::unwrap_used)]

use aio_sql::{Builder, Database, ErrorKind, Executor, Result, query, sql};
use servers::{Needs, Outcome, on_postgres};

/// Runs a test with a database that has a connection for statements on the database, and another
/// one for explicit connections and transactions.
fn with_two_connections<F: Future<Output = Result<()>>>(test: impl FnOnce(Database) -> F) {
    let open = |builder: Builder| async move { test(builder.connections(2).open().await?).await };
    on_postgres(open, Outcome::Success, Needs::Nothing);
}

/// Returns the process that serves the session, and what raw SQL may have changed in it.
async fn state(ex: &Executor) -> Result<(i64, Vec<String>)> {
    let process: i64 = sql!("select pg_backend_pid()").scalar(ex).await?;
    let found: (String, String, String, String, String) = sql!(
        "select current_user::text,
                current_setting('search_path') || ', ' || current_setting('timezone') || ', ' || current_setting('statement_timeout'),
                (select count(*) from pg_class where relnamespace = pg_my_temp_schema())::text,
                (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid())::text,
                (select count(*) from pg_cursors)::text || ', ' || (select count(*) from pg_listening_channels())::text
                    || ', ' || (select count(*) from pg_prepared_statements where from_sql)::text"
    )
    .one(ex)
    .await?;
    let (user, settings, tables, locks, others) = found;
    Ok((process, vec![user, settings, tables, locks, others]))
}

/// What changes a session, and is refused on a connection that others share.
const CERTAIN: [&str; 9] = [
    "set search_path = nowhere",
    "set session timezone = 'Asia/Tokyo'",
    "set time zone 'Asia/Tokyo'",
    "set role pg_read_all_data",
    "create temp table seen (id integer)",
    "create temporary table seen as select 1 as id",
    "prepare one as select 1",
    "listen news",
    "declare c cursor with hold for select 1",
];

/// What may change a session, or may not.
const UNCERTAIN: [&str; 6] = [
    "select set_config('statement_timeout', '77s', false)",
    "select pg_advisory_lock(7)",
    "select 1 as id into temp seen",
    "create table pg_temp.seen (id integer)",
    "select pg_try_advisory_lock_shared(8)",
    "do $$ begin perform set_config('timezone', 'Asia/Tokyo', false); end $$",
];

#[test]
fn a_closed_or_dropped_connection_leaves_nothing_to_the_next_one() {
    with_two_connections(|db| async move {
        let conn = db.connect().await?;
        let clean = state(&conn).await?;
        conn.close().await?;
        for change in CERTAIN.into_iter().chain(UNCERTAIN) {
            for is_dropped in [false, true] {
                let conn = db.connect().await?;
                query(change).execute(&conn).await?;
                assert_ne!(state(&conn).await?.1, clean.1, "{change} changes something");
                match is_dropped {
                    true => drop(conn),
                    false => conn.close().await?,
                }
                let next = db.connect().await?;
                assert_eq!(state(&next).await?, clean, "{change}");
                next.close().await?;
            }
        }
        db.close().await
    });
}

#[test]
fn the_end_of_a_transaction_leaves_nothing_to_the_next_one() {
    with_two_connections(|db| async move {
        let tx = db.begin().await?;
        let clean = state(&tx).await?;
        tx.commit().await?;
        for change in CERTAIN.into_iter().chain(UNCERTAIN) {
            for end in ["commit", "rollback", "drop"] {
                let tx = db.begin().await?;
                query(change).execute(&tx).await?;
                match end {
                    "commit" => tx.commit().await?,
                    "rollback" => tx.rollback().await?,
                    _ => drop(tx),
                }
                let next = db.begin().await?;
                assert_eq!(state(&next).await?, clean, "{change}, {end}");
                next.rollback().await?;
            }
        }
        db.close().await
    });
}

#[test]
fn a_statement_that_changes_a_shared_session_is_refused_or_undone() {
    with_two_connections(|db| async move {
        let clean = state(&db).await?;
        for change in CERTAIN {
            let error = query(change).execute(&db).await.unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::Usage, "{change}: {error}");
            assert!(error.to_string().contains("`db.connect()`"), "{error}");
            let error = db.execute_script(format!("select 1; {change}")).await.unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::Usage, "{change}: {error}");
            assert_eq!(state(&db).await?, clean, "{change}");
        }
        for change in UNCERTAIN {
            query(change).execute(&db).await?;
            assert_eq!(state(&db).await?, clean, "{change}");
            db.execute_script(change).await?;
            assert_eq!(state(&db).await?, clean, "{change} in a script");
        }
        db.close().await
    });
}

#[test]
fn set_local_in_a_transaction_ends_with_it() {
    with_two_connections(|db| async move {
        db.transaction(|tx| async move {
            sql!("set local statement_timeout = '77s'").execute(&tx).await?;
            let during: String = sql!("select current_setting('statement_timeout')").scalar(&tx).await?;
            assert_eq!(during, "77s");
            Ok(())
        })
        .await?;
        let after: String = db
            .transaction(|tx| async move { sql!("select current_setting('statement_timeout')").scalar(&tx).await })
            .await?;
        assert_eq!(after, "0");
        db.close().await
    });
}
