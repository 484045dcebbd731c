//! Steps on a server, where many processes read and write at the same time.

use std::time::Duration;

use aio_sql::{Dialect, Executor};
use servers::{Needs, Outcome, Subject, on_every_database, on_postgres};

use super::hold::LONG;
use super::polling::poll_times;
use super::processes::{again, block_on_runtime, child_path};
use super::*;

/// Returns the address that this process migrates if it is a child.
fn child_address() -> Option<String> {
    child_path().map(|path| path.into_os_string().into_string().expect("an address"))
}

/// The address of a server, with the schema in which the test runs.
pub(super) struct Address(pub(super) String);

impl Subject for Address {
    async fn at(address: &str) -> Result<Address> {
        Ok(Address(address.to_owned()))
    }
}

impl Address {
    async fn open(&self) -> Result<Database> {
        Database::open(&self.0).await
    }
}

const NOTE: Migration<'_> = Migration::new(
    "0001_note",
    "create table note (id bigint primary key, text text);
     insert into note select n, 'text ' || n % 50 from generate_series(1, 100) as n",
);
const INDEX: Migration<'_> = Migration::new(
    "0002_index",
    "-- aio-sql: no transaction\ncreate index concurrently \"note by Text\" on note (text)",
)
.file("migrations/0002_index.sql");
const UNIQUE: Migration<'_> = Migration::new(
    "0002_unique",
    "-- aio-sql: no transaction\ncreate unique index concurrently if not exists note_text on note (text)",
);
const TITLE: Migration<'_> = Migration::new("0003_title", "alter table note add column title text");

/// Runs a query until it returns true.
async fn until(ex: &Executor, sql: &str) -> Result<()> {
    while !query(sql).scalar::<bool>(ex).await? {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// A query: whether a session is waiting for a lock before it can build an index of the table.
const BUILD_WAITS: &str = "select exists (select 1 from pg_locks l join pg_stat_activity a using (pid)
    where l.relation = 'note'::regclass and l.mode = 'ShareUpdateExclusiveLock' and l.granted and a.wait_event_type = 'Lock')";

/// Ends the sessions that build an index of the table.
const END_BUILD: &str = "select pg_terminate_backend(pid) from pg_locks
    where relation = 'note'::regclass and mode = 'ShareUpdateExclusiveLock' and granted";

/// Whether the index exists and can be used.
const INDEX_IS_VALID: &str =
    "select exists (select 1 from pg_index where indrelid = 'note'::regclass and not indisprimary and indisvalid)";

#[test]
fn of_many_runners_each_step_is_run_by_one_also_outside_of_a_transaction() {
    async fn test(address: Address) -> Result<()> {
        const STEPS: [Migration<'_>; 5] = [
            NOTE,
            INDEX,
            TITLE,
            Migration::new("0004_vacuum", "-- aio-sql: no transaction\nvacuum note"),
            Migration::new("0005_more", "insert into note (id) values (0)"),
        ];
        let runners: Vec<_> = (0..6)
            .map(|_| {
                let address = address.0.clone();
                tokio::spawn(async move {
                    let db = Database::open(&address).await?;
                    let report = db.migrate(&STEPS).await?;
                    db.close().await?;
                    Ok::<_, Error>(report.steps().to_vec())
                })
            })
            .collect();
        let mut ran = Vec::new();
        for runner in runners {
            ran.extend(runner.await.expect("no panic")?);
        }
        ran.sort();
        assert_eq!(ran, STEPS.map(|step| step.name().to_owned()));
        let db = address.open().await?;
        assert!(query(INDEX_IS_VALID).scalar::<bool>(&db).await?);
        assert_eq!(query("select count(*) from note").scalar::<i64>(&db).await?, 101);
        assert_eq!(query("select count(*) from _aio_sql_unfinished").scalar::<i64>(&db).await?, 0);
        assert!(db.migrate(&STEPS).await?.steps().is_empty());
        db.close().await
    }
    on_postgres(test, Outcome::Success, Needs::Nothing);
}

#[test]
fn of_many_processes_each_step_is_run_by_one() {
    const TEST: &str = "server::of_many_processes_each_step_is_run_by_one";
    const STEPS: [Migration<'_>; 3] = [NOTE, INDEX, TITLE];
    if let Some(address) = child_address() {
        let _ = std::io::stdin().lines().next();
        let steps = block_on_runtime(async {
            let db = Database::open(&*address).await?;
            let report = db.migrate(&STEPS).await?;
            db.close().await?;
            Ok::<_, Error>(report.steps().join(" "))
        });
        println!("ran:{}", steps.expect("it migrates"));
        return;
    }
    async fn test(address: Address) -> Result<()> {
        let spawn = |_| again(TEST, address.0.as_ref()).stdin(std::process::Stdio::piped()).spawn().expect("a child");
        let mut children: Vec<_> = (0..4).map(spawn).collect();
        children.iter_mut().for_each(|child| drop(child.stdin.take()));
        let mut ran: Vec<String> = Vec::new();
        for child in children {
            let output = child.wait_with_output().expect("it ends");
            assert!(output.status.success());
            let printed = String::from_utf8(output.stdout).expect("text");
            let line = printed.lines().find_map(|line| line.split_once("ran:")).expect("its steps");
            ran.extend(line.1.split_whitespace().map(str::to_owned));
        }
        ran.sort();
        assert_eq!(ran, STEPS.map(|step| step.name().to_owned()));
        Ok(())
    }
    on_postgres(test, Outcome::Success, Needs::Nothing);
}

/// Kills a process while the server waits to build the index of its step. Returns the transaction
/// for which it waits.
async fn killed(test: &str, address: &Address, db: &Database) -> Result<aio_sql::Transaction> {
    db.migrate(&[NOTE]).await?;
    let tx = db.begin().await?;
    query("insert into note values (0, 'zero')").execute(&tx).await?;
    let mut child = again(test, address.0.as_ref()).spawn().expect("a child");
    let waits = until(db, BUILD_WAITS).await;
    child.kill().expect("it is killed");
    child.wait().expect("it ends");
    waits?;
    // The server has noticed it, and gives back the lock that kept others from running steps.
    let lock = "locktype = 'advisory' and objid::bigint = hashtext(current_schema())::bigint & 4294967295";
    until(db, &format!("select not exists (select 1 from pg_locks where {lock})")).await?;
    Ok(tx)
}

fn migrate_as_child(address: &str) {
    block_on_runtime(async { Database::open(address).await?.migrate(&[NOTE, INDEX]).await }).expect("it migrates");
}

#[test]
fn a_step_that_the_server_ends_after_its_process_was_killed_is_waited_for_and_recorded() {
    const TEST: &str = "server::a_step_that_the_server_ends_after_its_process_was_killed_is_waited_for_and_recorded";
    if let Some(address) = child_address() {
        return migrate_as_child(&address);
    }
    async fn test(address: Address) -> Result<()> {
        let db = address.open().await?;
        let tx = killed(TEST, &address, &db).await?;
        let impatient = Database::builder(&address.0).migrate_timeout(Duration::from_millis(1)).open().await?;
        let error = impatient.migrate(&[NOTE, INDEX]).await.expect_err("the server still runs it");
        assert_eq!(error.kind(), &ErrorKind::Timeout, "{error}");
        assert_says(&error, &["`0002_index` (migrations/0002_index.sql)", "a session of the server", "runs it since"]);
        impatient.close().await?;
        let mut migrated = Box::pin(db.migrate(&[NOTE, INDEX, TITLE]));
        assert!(poll_times(migrated.as_mut(), 8).is_none(), "it waits");
        tx.commit().await?;
        let report = migrated.await?;
        assert_eq!(report.recorded(), ["0002_index"]);
        assert_eq!(report.steps(), ["0003_title"]);
        assert!(query(INDEX_IS_VALID).scalar::<bool>(&db).await?);
        db.close().await
    }
    on_postgres(test, Outcome::Success, Needs::Nothing);
}

#[test]
fn an_interrupted_step_says_when_it_had_begun_and_which_index_it_has_left() {
    const TEST: &str = "server::an_interrupted_step_says_when_it_had_begun_and_which_index_it_has_left";
    if let Some(address) = child_address() {
        return migrate_as_child(&address);
    }
    async fn test(address: Address) -> Result<()> {
        let db = address.open().await?;
        let tx = killed(TEST, &address, &db).await?;
        query(END_BUILD).execute(&db).await?;
        until(&db, &format!("select not ({BUILD_WAITS})")).await?;
        tx.commit().await?;
        let error = db.migrate(&[NOTE, INDEX]).await.expect_err("the index is invalid");
        assert_eq!(error.kind(), &ErrorKind::Migration { step: "0002_index".to_owned() }, "{error}");
        let drop = "DROP INDEX CONCURRENTLY \"note by Text\"";
        assert_says(
            &error,
            &["(migrations/0002_index.sql)", "had begun at 20", "interrupted", "INVALID", "`note`", drop],
        );
        query(drop).execute(&db).await?;
        assert_eq!(db.migrate(&[NOTE, INDEX]).await?.steps(), ["0002_index"]);
        db.close().await
    }
    on_postgres(test, Outcome::Success, Needs::Nothing);
}

#[test]
fn a_step_that_fails_and_leaves_an_invalid_index_says_so_and_is_not_taken_for_done() {
    async fn test(address: Address) -> Result<()> {
        let db = address.open().await?;
        let error = db.migrate(&[NOTE, UNIQUE]).await.expect_err("two rows are equal");
        assert!(matches!(error.kind(), ErrorKind::Unique { table, .. } if table == "note"), "{error:?}");
        assert_says(
            &error,
            &["`0002_unique`", "`note_text` of `note` is INVALID", "DROP INDEX CONCURRENTLY \"note_text\""],
        );
        query("delete from note where id > 50").execute(&db).await?;
        // IF NOT EXISTS would keep the invalid index.
        let error = db.migrate(&[NOTE, UNIQUE]).await.expect_err("the index is there");
        assert_eq!(error.kind(), &ErrorKind::Migration { step: "0002_unique".to_owned() }, "{error}");
        assert!(!error.to_string().contains("interrupted"), "it had ended: {error}");
        query("drop index concurrently note_text").execute(&db).await?;
        assert_eq!(db.migrate(&[NOTE, UNIQUE]).await?.steps(), ["0002_unique"]);
        db.close().await
    }
    on_postgres(test, Outcome::Success, Needs::Nothing);
}

#[test]
fn a_step_outside_of_a_transaction_has_one_statement_and_two_connections() {
    async fn test(address: Address) -> Result<()> {
        let db = address.open().await?;
        let two = Migration::new("two", "-- aio-sql: no transaction\nselect 1; vacuum");
        let error = db.migrate(&[two]).await.expect_err("two statements");
        assert_eq!(error.kind(), &ErrorKind::Usage, "{error}");
        assert_says(&error, &["`two`", "exactly one statement", "a step of each"]);
        let one = Database::builder(&address.0).max_connections(1).open().await?;
        let error = one.migrate(&[NOTE, INDEX]).await.expect_err("one connection");
        assert_eq!(error.kind(), &ErrorKind::Usage, "{error}");
        assert_says(&error, &["`0002_index`", "`Builder::max_connections`"]);
        one.close().await?;
        let list = [NOTE, INDEX];
        let reported = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let seen = std::sync::Arc::clone(&reported);
        let steps = Migrations::new(&list)
            .progress(move |progress| seen.lock().expect("no panic").push((progress.step.to_owned(), progress.rows)));
        assert_eq!(db.migrate(&steps).await?.steps(), ["0002_index"]);
        assert!(reported.lock().expect("no panic").iter().all(|(step, _)| step == "0002_index"));
        db.close().await
    }
    on_postgres(test, Outcome::Success, Needs::Nothing);
}

#[test]
fn the_rows_that_a_step_writes_are_counted() {
    async fn test(address: Address) -> Result<()> {
        let db = address.open().await?;
        let list = [NOTE];
        let most = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
        let seen = std::sync::Arc::clone(&most);
        let steps = Migrations::new(&list).progress(move |progress| {
            seen.fetch_max(progress.rows, std::sync::atomic::Ordering::Relaxed);
        });
        db.migrate(&steps).await?;
        assert_eq!(most.load(std::sync::atomic::Ordering::Relaxed), 100);
        db.close().await
    }
    on_postgres(test, Outcome::Success, Needs::Nothing);
}

#[on_every_database]
async fn directives_that_contradict_each_other_are_refused(db: Database) -> Result<()> {
    for other in ["rust", "rebuild note", "foreign keys off"] {
        let sql = format!("-- aio-sql: no transaction\n-- aio-sql: {other}\nvacuum");
        let error = db.migrate(&[("0001_both", &*sql)]).await.expect_err("both");
        assert_eq!(error.kind(), &ErrorKind::Usage, "{error}");
        assert_says(&error, &["`0001_both`", "`no transaction`", other.trim_end_matches(" note"), "two steps"]);
    }
    db.close().await
}

/// Whether a session waits to alter the table.
const ALTER_WAITS: &str = "select exists (select 1 from pg_locks where relation = 'note'::regclass and not granted)";

#[test]
fn a_step_that_waits_for_a_lock_gives_way_to_readers_and_is_repeated() {
    async fn test(address: Address) -> Result<()> {
        let (db, other) = (address.open().await?, address.open().await?);
        db.migrate(&[NOTE]).await?;
        let tx = other.begin().await?;
        query("select count(*) from note").execute(&tx).await?;
        let migrating = db.clone();
        let migrated = tokio::spawn(async move {
            let list = [NOTE, TITLE];
            migrating.migrate(Migrations::new(&list).lock_timeout(Duration::from_millis(100))).await
        });
        for _ in 0..3 {
            until(&other, ALTER_WAITS).await?;
            // The reader stands behind the step, which stands behind the transaction.
            query("select count(*) from note").timeout(LONG).scalar::<i64>(&other).await?;
        }
        tx.commit().await?;
        assert_eq!(migrated.await.expect("no panic")?.steps(), ["0003_title"]);
        other.close().await?;
        db.close().await
    }
    on_postgres(test, Outcome::Success, Needs::Nothing);
}

#[test]
fn a_step_that_gets_no_lock_says_which_table_who_holds_it_and_what_to_do() {
    async fn test(address: Address) -> Result<()> {
        let other = Database::builder(&address.0).open().await?;
        let short = Duration::from_millis(1);
        let db = Database::builder(&address.0).migrate_timeout(short).open().await?;
        db.migrate(&[NOTE]).await?;
        let tx = other.begin().await?;
        let session: i64 = query("select pg_backend_pid()::bigint from note limit 1").scalar(&tx).await?;
        let list = [NOTE, TITLE];
        let steps = Migrations::new(&list).lock_timeout(short);
        let error = db.migrate(&steps).await.expect_err("the table is locked");
        assert_eq!((error.kind(), error.code()), (&ErrorKind::Timeout, Some("55P03")), "{error}");
        let session = format!("`note` is locked by the session {session}");
        assert_says(
            &error,
            &["migration step `0003_title`", &session, "idle in transaction", "`Migrations::lock_timeout`"],
        );
        tx.commit().await?;
        assert_eq!(db.migrate(&steps).await?.steps(), ["0003_title"]);
        other.close().await?;
        db.close().await
    }
    on_postgres(test, Outcome::Success, Needs::Nothing);
}

#[test]
fn a_runner_that_waits_for_another_one_has_no_transaction_open() {
    async fn test(address: Address) -> Result<()> {
        let (db, other) = (address.open().await?, address.open().await?);
        db.migrate(&[NOTE]).await?;
        let tx = other.begin().await?;
        query("insert into note values (0, 'zero')").execute(&tx).await?;
        let (first, second) = (db.clone(), other.clone());
        let first = tokio::spawn(async move { first.migrate(&[NOTE, INDEX]).await });
        until(&db, BUILD_WAITS).await?;
        let second = tokio::spawn(async move { second.migrate(&[NOTE, INDEX]).await });
        tx.commit().await?;
        assert_eq!(first.await.expect("no panic")?.steps(), ["0002_index"]);
        assert!(second.await.expect("no panic")?.steps().is_empty());
        other.close().await?;
        db.close().await
    }
    on_postgres(test, Outcome::Success, Needs::Nothing);
}

static OF_BOTH: Migrations = Migrations::for_databases(&[
    (Dialect::Sqlite, &[Migration::new("0001_init", "create table note (id integer primary key, text text)")]),
    (
        Dialect::Postgres,
        &[Migration::new(
            "0001_init",
            "create table note (id bigint generated by default as identity primary key, text text)",
        )],
    ),
]);

#[on_every_database]
async fn the_steps_of_the_database_that_is_open_are_run(db: Database) -> Result<()> {
    assert_eq!(db.migrate(&OF_BOTH).await?.steps(), ["0001_init"]);
    assert_eq!(db.migrate(&OF_BOTH).await?.steps().len(), 0);
    query("insert into note (text) values ('a')").execute(&db).await?;
    assert_eq!(query("select id from note").scalar::<i64>(&db).await?, 1);
    db.close().await
}

#[on_every_database]
async fn steps_for_another_database_only_are_an_error_that_names_both(db: Database) -> Result<()> {
    let (other, own) = match db.dialect() {
        Dialect::Sqlite => (Dialect::Postgres, "sqlite"),
        _ => (Dialect::Sqlite, "postgres"),
    };
    let steps: &[Migration<'_>] = &[NOTE];
    let lists = [(other, steps)];
    let steps = Migrations::for_databases(&lists);
    let folder = format!("`migrations/{own}`");
    for error in
        [db.migrate(&steps).await.expect_err("other"), db.baseline(&steps, "0001_note").await.expect_err("other")]
    {
        assert_eq!(error.kind(), &ErrorKind::Usage, "{error}");
        assert_says(&error, &["for", other.name(), "none for", own, &folder]);
    }
    db.close().await
}

#[test]
fn a_step_that_was_written_for_sqlite_gets_a_hint() {
    async fn test(address: Address) -> Result<()> {
        let db = address.open().await?;
        for (sql, hint) in [
            ("create table a (id integer primary key autoincrement)", "identity"),
            ("create table a (id integer) strict", "STRICT"),
            ("pragma foreign_keys = on", "PRAGMA"),
            ("create table a (b blob)", "bytea"),
        ] {
            let error = db.migrate(&[("0001_a", sql)]).await.expect_err("not SQL of PostgreSQL");
            assert_says(&error, &["`0001_a`", "SQL of SQLite", hint]);
        }
        db.close().await
    }
    on_postgres(test, Outcome::Success, Needs::Nothing);
}

#[test]
fn a_first_step_whose_tables_exist_points_to_baseline() {
    async fn test(address: Address) -> Result<()> {
        let db = address.open().await?;
        query("create table note (id bigint)").execute(&db).await?;
        let error = db.migrate(&[NOTE]).await.expect_err("the table exists");
        assert_says(&error, &["`0001_note`", "no history", "`Database::baseline`"]);
        assert_eq!(db.baseline(&[NOTE], "0001_note").await?.recorded(), ["0001_note"]);
        assert!(db.migrate(&[NOTE]).await?.steps().is_empty());
        db.close().await
    }
    on_postgres(test, Outcome::Success, Needs::Nothing);
}

#[test]
fn the_body_of_a_function_is_compared_as_it_stands() {
    async fn test(address: Address) -> Result<()> {
        let db = address.open().await?;
        let text = "create function one() returns int language plpgsql as $a$ begin\n  return 1; -- it's one\nend $a$";
        db.migrate(&[("0001_one", text)]).await?;
        // What stands around the text between the dollars may change.
        let same = format!("-- A function.\n{};\n", text.replace("language ", "language\t"));
        assert!(db.migrate(&[("0001_one", &*same)]).await?.steps().is_empty());
        let changed = text.replace("it's one", "it's the one");
        let error = db.migrate(&[("0001_one", &*changed)]).await.expect_err("the server has the old text");
        assert_eq!(error.kind(), &ErrorKind::Migration { step: "0001_one".to_owned() }, "{error}");
        db.close().await
    }
    on_postgres(test, Outcome::Success, Needs::Nothing);
}
