//! Drops the future of an operation after the first poll, the second, and so on until it is ready,
//! and checks the database each time.

// Each test binary uses a part of this module.
#![allow(dead_code)]

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use aio_sql::{Connection, Database, Result, Table, query, sql};
use servers::Subject;

#[path = "../polling/mod.rs"]
pub(crate) mod polling;

use polling::{block_on, poll_times};

#[derive(Table, Clone, Debug, PartialEq)]
pub(crate) struct Item {
    #[column(primary_key, auto)]
    pub(crate) id: i64,
    #[column(unique)]
    pub(crate) number: i64,
    #[column(version)]
    pub(crate) version: i64,
}

/// Removes what another round has left in the schema.
const EMPTY: &str = "do $$ declare name text := current_schema(); begin
    execute format('drop schema %I cascade', name);
    execute format('create schema %I', name);
end $$";

/// The sessions of the test on the server that run something or have a transaction open.
const BUSY: &str = "select count(*) from pg_stat_activity
    where application_name = current_setting('application_name') and pid <> pg_backend_pid() and state <> 'idle'";

/// The address of the databases that a test opens one after another.
pub(crate) struct Address(pub(crate) String);

impl Subject for Address {
    async fn at(address: &str) -> Result<Address> {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        Ok(Address(match address.starts_with("postgres") {
            true => format!("{address}&application_name=dropping_{number}"),
            false => address.to_owned(),
        }))
    }
}

impl Address {
    fn is_postgres(&self) -> bool {
        self.0.starts_with("postgres")
    }

    /// Returns an address that can be opened several times: with SQLite, a file in a directory.
    pub(crate) fn in_file(&self, directory: &tempfile::TempDir) -> std::path::PathBuf {
        if self.is_postgres() { self.0.clone().into() } else { directory.path().join("app.db") }
    }

    /// Opens a database with ten rows, and a connection.
    pub(crate) fn open(&self) -> (Database, Connection) {
        block_on(async {
            let db = Database::builder(&self.0).max_connections(2).open().await?;
            if self.is_postgres() {
                db.execute_script(EMPTY).await?;
            }
            db.create(Item).await?;
            Item::insert_all((0..10).map(|number| NewItem { number })).execute(&db).await?;
            let conn = db.connect().await?;
            Ok::<_, aio_sql::Error>((db, conn))
        })
        .expect("it opens")
    }

    /// Checks the database after a future was dropped. `counts` lists the numbers of rows that may
    /// be there.
    pub(crate) fn check(&self, db: &Database, conn: &Connection, counts: &[u64], what: &str) {
        block_on(async {
            let begin = Instant::now();
            while self.is_postgres() && query(BUSY).scalar::<i64>(db).await? > 0 {
                assert!(begin.elapsed() < Duration::from_secs(30), "{what}: something runs on in the server");
            }
            assert!(!conn.in_transaction(), "{what}: no transaction stays open");
            assert_eq!(sql!("select 1").scalar::<i64>(conn).await?, 1, "{what}");
            // Nobody holds the write lock: the database's own writer can write, and so can the
            // explicit connection. A commit that had begun is finished before its connection
            // writes here.
            let new = Item::insert(NewItem { number: 1000 }).one(db).await?;
            new.remove(conn).await?;
            let mut count = Item::select().count(conn).await?;
            // A write may have waited in the queue while nothing ran in the server.
            while self.is_postgres() && Item::select().count(db).await? != count {
                assert!(begin.elapsed() < Duration::from_secs(30), "{what}: the rows of two sessions differ");
                count = Item::select().count(conn).await?;
            }
            assert!(counts.contains(&count), "{what}: {count} rows");
            assert_eq!(Item::select().count(db).await?, count, "{what}: it was committed");
            // The dropped operation has given back its connection, so a second one can be opened.
            db.connect().await?.close().await
        })
        .unwrap_or_else(|error| panic!("{what}: {error:?}"));
    }

    /// Drops the operation after 1, 2, 3… polls, each time on a fresh database, which is then
    /// checked, until the operation ends before that.
    pub(crate) fn at_every_poll<F, Fut, T>(&self, name: &str, counts: &[u64], operation: F)
    where
        F: Fn(Database, Connection) -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        for polls in 1..300 {
            let (db, conn) = self.open();
            let ended = poll_times(operation(db.clone(), conn.clone()), polls);
            self.check(&db, &conn, counts, &format!("{name} at poll {polls}"));
            block_on(db.close()).expect("it closes");
            if let Some(result) = ended {
                result.unwrap_or_else(|error| panic!("{name}: {error:?}"));
                return;
            }
        }
        panic!("{name} never ends");
    }
}
