//! Answers that a real server gives seldom or never: errors at every moment, messages that the
//! client has not asked for, answers that do not come, and what servers of other makers do.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use aio_sql::{Batch, Database, ErrorKind, Result, query};

use super::Entry;
use super::scripted::{self, Script, Session, Then, authentication, complete, error, message, parameter, ready, row};
use super::server::address;

const INSERT: &str = "insert into t values (1)";

/// Opens a database on a server that follows a script.
async fn open<S: Script>(script: S) -> (Database, Arc<S>) {
    let script = Arc::new(script);
    let port = scripted::start(Arc::clone(&script));
    (Database::builder(address(port, "shop")).connections(2).open().await.unwrap(), script)
}

/// Opens a database on a server that follows a script, waiting at most this long for a connection.
async fn open_within(script: impl Script, time: Duration) -> Result<Database> {
    let port = scripted::start(Arc::new(script));
    Database::builder(address(port, "shop")).connections(2).acquire_timeout(time).open().await
}

/// Answers the executions of one statement, the first time it is executed.
struct Once<F> {
    text: &'static str,
    at_sync: bool,
    answer: F,
    count: AtomicUsize,
}

impl<F: Fn() -> Then + Send + Sync + 'static> Once<F> {
    fn at(text: &'static str, answer: F) -> Once<F> {
        Once { text, at_sync: false, answer, count: AtomicUsize::new(0) }
    }

    fn at_sync(text: &'static str, answer: F) -> Once<F> {
        Once { at_sync: true, ..Once::at(text, answer) }
    }

    fn answer(&self, text: &str) -> Then {
        match text == self.text && self.count.fetch_add(1, Ordering::Relaxed) == 0 {
            true => (self.answer)(),
            false => Then::Usual,
        }
    }
}

impl<F: Fn() -> Then + Send + Sync + 'static> Script for Once<F> {
    fn execute(&self, _: usize, text: &str) -> Then {
        if self.at_sync { Then::Usual } else { self.answer(text) }
    }

    fn sync(&self, _: usize, text: &str) -> Then {
        if self.at_sync { self.answer(text) } else { Then::Usual }
    }
}

/// Runs an insert to which a server answers so. Returns the kind of its error, or `None` if it has
/// succeeded because it certainly had no effect and was repeated.
async fn outcome(answer: impl Fn() -> Then + Send + Sync + 'static, at_sync: bool) -> Option<ErrorKind> {
    let script = if at_sync { Once::at_sync(INSERT, answer) } else { Once::at(INSERT, answer) };
    let (db, script) = open(script).await;
    let result = query(INSERT).execute(&db).await;
    let executions = script.count.load(Ordering::Relaxed);
    assert_eq!(executions, if result.is_ok() { 2 } else { 1 }, "{result:?}");
    assert_eq!(query(INSERT).execute(&db).await.unwrap().rows_affected, 1, "after {result:?}");
    result.err().map(|error| error.kind().clone())
}

#[tokio::test]
async fn a_write_is_in_doubt_exactly_if_the_server_may_have_committed_it() {
    let done = || complete("INSERT 0 1");
    let fatal = |code| error(b'E', "FATAL", code);
    let unknown = Some(ErrorKind::OutcomeUnknown);
    // The server rolls back what it interrupts in order.
    assert_eq!(outcome(move || Then::Close(fatal("57P01")), false).await, None);
    assert_eq!(outcome(move || Then::Close([done(), fatal("57P01")].concat()), false).await, unknown);
    // A pooler that has lost its server does not know.
    assert_eq!(outcome(move || Then::Close(fatal("08P01")), false).await, unknown);
    // A server that cannot write its log does not know what of it will be found.
    assert_eq!(outcome(|| Then::Close(error(b'E', "PANIC", "58030")), false).await, unknown);
    assert_eq!(outcome(|| Then::Close(Vec::new()), false).await, unknown);
    assert_eq!(outcome(move || Then::Close(done()), false).await, unknown);
    assert_eq!(outcome(|| Then::Close(Vec::new()), true).await, unknown);
    // The server itself does not know.
    assert_eq!(outcome(|| Then::Send(error(b'E', "ERROR", "40003")), false).await, unknown);
    // A warning that another process has failed comes before the end.
    assert_eq!(outcome(|| Then::Close(error(b'N', "WARNING", "57P02")), false).await, unknown);
}

#[tokio::test]
async fn a_batch_that_is_interrupted_before_its_commit_had_no_effect() {
    let second = "insert into t values (2)";
    let (db, script) = open(Once::at(second, || Then::Close(error(b'E', "FATAL", "57P01")))).await;
    let batch = Batch::new().execute(query(INSERT)).execute(query(second)).execute(query(INSERT));
    batch.run(&db).await.unwrap();
    assert_eq!(script.count.load(Ordering::Relaxed), 2, "it was repeated");
    let (db, _) = open(Once::at("COMMIT", || Then::Close(Vec::new()))).await;
    let error = Batch::new().execute(query(INSERT)).execute(query(second)).run(&db).await.map(drop).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::OutcomeUnknown);
}

#[tokio::test]
async fn code_of_the_server_that_is_interrupted_may_have_committed_a_part() {
    let call = "call move_all()";
    let (db, _) = open(Once::at(call, || Then::Close(error(b'E', "FATAL", "57P01")))).await;
    assert_eq!(*query(call).execute(&db).await.unwrap_err().kind(), ErrorKind::OutcomeUnknown);
}

#[tokio::test]
async fn a_commit_of_which_the_server_does_not_know_is_not_repeated() {
    let (db, script) = open(Once::at("COMMIT", || Then::Send(error(b'E', "ERROR", "40003")))).await;
    let result = db.retry_transaction(async |tx| query(INSERT).execute(&tx).await.map(drop)).await;
    assert_eq!(*result.unwrap_err().kind(), ErrorKind::OutcomeUnknown);
    assert_eq!(script.count.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_transaction_that_fails_at_its_commit_is_repeated() {
    let (db, script) = open(Once::at("COMMIT", || Then::Send(error(b'E', "ERROR", "40001")))).await;
    db.retry_transaction(async |tx| query(INSERT).execute(&tx).await.map(drop)).await.unwrap();
    assert_eq!(script.count.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn rows_before_an_error_are_no_result() {
    // Raw SQL may call functions that write, so it is not known to be a read.
    let ends: [(fn() -> Then, ErrorKind); 4] = [
        (|| Then::Close([row(1), error(b'E', "FATAL", "57P01")].concat()), ErrorKind::Disconnected),
        (|| Then::Close(row(1)), ErrorKind::OutcomeUnknown),
        // The connection ends in the middle of a row.
        (|| Then::Close([row(1), row(2)[..9].to_vec()].concat()), ErrorKind::OutcomeUnknown),
        (|| Then::Close(error(b'E', "FATAL", "57P01")[..12].to_vec()), ErrorKind::OutcomeUnknown),
    ];
    for (end, expected) in ends {
        // A read may be repeated, so each time it is executed it ends so.
        struct Always(fn() -> Then);
        impl Script for Always {
            fn execute(&self, _: usize, text: &str) -> Then {
                if text == "select number" { (self.0)() } else { Then::Usual }
            }
        }
        let (db, _) = open(Always(end)).await;
        let error = query("select number").all::<i64>(&db).await.unwrap_err();
        assert_eq!(*error.kind(), expected, "{error:?}");
        let mut stream = query("select number").stream::<i64>(&db);
        let mut result = Ok(0);
        while let Some(next) = stream.next().await {
            result = next;
        }
        assert_eq!(*result.unwrap_err().kind(), expected);
        assert_eq!(query("select other").all::<i64>(&db).await.unwrap(), [1, 2, 3]);
    }
}

#[tokio::test]
async fn a_read_that_is_lost_each_time_had_no_effect() {
    struct Gone;
    impl Script for Gone {
        fn execute(&self, _: usize, text: &str) -> Then {
            if text.starts_with("SELECT") { Then::Close(Vec::new()) } else { Then::Usual }
        }
    }
    let (db, _) = open(Gone).await;
    let error = Entry::select().columns(Entry::NUMBER).all(&db).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Disconnected, "{error:?}");
    query(INSERT).execute(&db).await.unwrap();
}

#[tokio::test]
async fn an_error_after_the_first_row_is_the_error_of_the_statement() {
    let failing = || Then::Send([row(1), error(b'E', "ERROR", "22012")].concat());
    // The message begins with the row, so the server goes on to the end of the statement.
    let (db, _) = open(Once::at("select number", failing)).await;
    let error = query("select number").all::<i64>(&db).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (&ErrorKind::Sql, Some("22012")));
    assert_eq!(query("select number").all::<i64>(&db).await.unwrap(), [1, 2, 3]);
}

#[tokio::test]
async fn messages_that_nobody_has_asked_for_may_come_between_any_others() {
    struct Talkative;
    impl Script for Talkative {
        fn between(&self) -> Vec<u8> {
            let notification = message(b'A', b"\0\0\0\x01channel\0payload\0");
            [error(b'N', "NOTICE", "00000"), parameter("application_name", "another"), notification].concat()
        }
    }
    let (db, _) = open(Talkative).await;
    for _ in 0..3 {
        assert_eq!(query("select number").all::<i64>(&db).await.unwrap(), [1, 2, 3]);
        assert_eq!(query(INSERT).execute(&db).await.unwrap().rows_affected, 1);
        let tx = db.begin().await.unwrap();
        query(INSERT).execute(&tx).await.unwrap();
        let nested = tx.begin().await.unwrap();
        query(INSERT).execute(&nested).await.unwrap();
        nested.commit().await.unwrap();
        tx.commit().await.unwrap();
        db.execute_script("insert into t values (1); insert into t values (2)").await.unwrap();
    }
    db.close().await.unwrap();
}

#[tokio::test]
async fn what_is_no_message_of_the_protocol_ends_the_connection() {
    let wrong: [fn() -> Vec<u8>; 7] = [
        || message(b'%', b"what is this"),
        // Lengths that lie: less than nothing, more than any server has, more than comes.
        || vec![b'D', 0, 0, 0, 3],
        || vec![b'D', 0xff, 0xff, 0xff, 0xff],
        || [&[b'D', 0x3f, 0xff, 0xff, 0xff][..], b"not so much"].concat(),
        // Rows that are shorter than their values say, or have fewer values than columns.
        || message(b'D', &[0, 1, 0, 0, 0, 8, 1]),
        || message(b'D', &[0, 1]),
        || message(b'D', &[0]),
    ];
    for bytes in wrong {
        struct Always(fn() -> Vec<u8>);
        impl Script for Always {
            fn execute(&self, _: usize, text: &str) -> Then {
                if text == "select number" { Then::Close((self.0)()) } else { Then::Usual }
            }
        }
        let (db, _) = open(Always(bytes)).await;
        let error = query("select number").all::<i64>(&db).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::OutcomeUnknown, "{:?}", bytes());
        assert_eq!(query("select other").all::<i64>(&db).await.unwrap(), [1, 2, 3]);
        let tx = db.begin().await.unwrap();
        let error = query("select number").all::<i64>(&tx).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Disconnected, "nothing is committed: {:?}", bytes());
        assert_eq!(*tx.commit().await.unwrap_err().kind(), ErrorKind::RolledBack);
        assert_eq!(query("select other").all::<i64>(&db).await.unwrap(), [1, 2, 3]);
    }
}

/// Answers nothing to one statement, not even when it is cancelled.
#[derive(Default)]
struct Deaf {
    cancels: AtomicUsize,
    has_key: bool,
}

impl Script for Deaf {
    fn execute(&self, connection: usize, text: &str) -> Then {
        // The first connection is that of the check when the database is opened.
        if connection == 2 && text.contains("(1)") { Then::Silence } else { Then::Usual }
    }

    fn cancel(&self) {
        self.cancels.fetch_add(1, Ordering::Relaxed);
    }

    fn key(&self, _: usize) -> Vec<u8> {
        if self.has_key { message(b'K', &[0, 0, 0, 1, 0, 0, 0, 7]) } else { Vec::new() }
    }
}

#[tokio::test]
async fn a_statement_that_the_server_does_not_cancel_is_given_up_with_its_connection() {
    // Some servers have no keys, so nothing can be cancelled there.
    for has_key in [true, false] {
        let begin = Instant::now();
        let (db, script) = open(Deaf { has_key, ..Deaf::default() }).await;
        // The connection is open before.
        query("select other").execute(&db).await.unwrap();
        let late = query(INSERT).timeout(Duration::from_millis(100)).execute(&db).await;
        // Nothing was committed, for the statement runs in a transaction of its own.
        assert_eq!(*late.unwrap_err().kind(), ErrorKind::Timeout);
        assert!(begin.elapsed() < Duration::from_secs(20), "it is given up: {:?}", begin.elapsed());
        let cancels = script.cancels.load(Ordering::Relaxed);
        assert!(if has_key { cancels > 1 } else { cancels == 0 }, "it is asked again: {cancels}");
        query(INSERT).execute(&db).await.unwrap();
    }
}

#[tokio::test]
async fn a_read_that_the_server_does_not_answer_ends_at_its_deadline() {
    struct Mute;
    impl Script for Mute {
        fn execute(&self, _: usize, text: &str) -> Then {
            if text == "select forever" { Then::Silence } else { Then::Usual }
        }
    }
    let begin = Instant::now();
    let (db, _) = open(Mute).await;
    let late = query("select forever").timeout(Duration::from_millis(10)).all::<i64>(&db).await;
    assert_eq!(*late.unwrap_err().kind(), ErrorKind::Timeout);
    assert!(begin.elapsed() < Duration::from_secs(4), "it waits for nothing else: {:?}", begin.elapsed());
    assert_eq!(query("select other").all::<i64>(&db).await.unwrap(), [1, 2, 3]);
}

/// Answers the startup messages.
struct Login<F>(F, AtomicUsize);

impl<F: Fn(&mut Session, usize) -> io::Result<Then> + Send + Sync + 'static> Script for Login<F> {
    fn log_in(&self, session: &mut Session) -> io::Result<Then> {
        (self.0)(session, self.1.fetch_add(1, Ordering::Relaxed))
    }
}

fn login<F: Fn(&mut Session, usize) -> io::Result<Then> + Send + Sync + 'static>(answer: F) -> Login<F> {
    Login(answer, AtomicUsize::new(0))
}

const SOON: Duration = Duration::from_millis(500);

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_after_the_acquire_timeout() {
    let begin = Instant::now();
    let error = open_within(login(|_, _| Ok(Then::Silence)), SOON).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::CannotOpen, "{error:?}");
    assert!(begin.elapsed() >= SOON && begin.elapsed() < 8 * SOON, "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_server_that_closes_the_connection_is_given_up_after_a_shorter_acquire_timeout() {
    let begin = Instant::now();
    let error = open_within(login(|_, _| Ok(Then::Close(Vec::new()))), SOON).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::CannotOpen, "{error:?}");
    assert!(begin.elapsed() < 8 * SOON, "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_soon_given_up_when_the_database_is_opened() {
    let script = Arc::new(login(|_, _| Ok(Then::Close(Vec::new()))));
    let port = scripted::start(Arc::clone(&script));
    let patient = |address: String| Database::builder(address).acquire_timeout(Duration::from_secs(3600));
    let error = patient(address(port, "shop")).open().await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::CannotOpen, "{error:?}");
    assert!(error.to_string().contains("tried for"), "{error}");
    let attempts = script.1.load(Ordering::Relaxed);
    assert!(attempts > 1 && attempts < 20, "{attempts} attempts");
    // Nobody listens there.
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().display();
    let error = patient(format!("postgres://user@/shop?host={socket}")).open().await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::CannotOpen, "{error:?}");
}

#[tokio::test]
async fn opening_waits_for_a_server_as_long_as_the_program_asks_for() {
    // Together the first attempts take longer than the default.
    let late = |_: &mut Session, attempt| Ok(if attempt < 8 { Then::Close(Vec::new()) } else { Then::Usual });
    let port = scripted::start(Arc::new(login(late)));
    let db = Database::builder(address(port, "shop")).wait_for_server(Duration::from_secs(3600)).open().await.unwrap();
    query(INSERT).execute(&db).await.unwrap();
    let sqlite = Database::builder(":memory:").wait_for_server(SOON).open().await.unwrap_err();
    assert!(matches!(sqlite.kind(), ErrorKind::Unsupported { database: "sqlite", .. }), "{sqlite:?}");
}

#[tokio::test]
async fn a_statement_that_waits_for_a_new_connection_ends_at_its_deadline() {
    /// The server ends the session of the first statement, and then lets nobody in.
    struct Gone;
    impl Script for Gone {
        fn log_in(&self, session: &mut Session) -> io::Result<Then> {
            Ok(if session.connection > 2 { Then::Silence } else { Then::Usual })
        }

        fn execute(&self, _: usize, text: &str) -> Then {
            match text {
                INSERT | "select forever" => Then::Close(error(b'E', "FATAL", "57P01")),
                _ => Then::Usual,
            }
        }
    }
    for text in [INSERT, "select forever"] {
        let port = scripted::start(Arc::new(Gone));
        let builder = Database::builder(address(port, "shop")).connections(2);
        let db = builder.acquire_timeout(Duration::from_secs(3600)).open().await.unwrap();
        query("select other").execute(&db).await.unwrap();
        let late = query(text).timeout(SOON).execute(&db).await.unwrap_err();
        assert_eq!(*late.kind(), ErrorKind::Timeout, "{text}: {late:?}");
        // What is sent now waits for the same connection.
        let late = query(text).timeout(SOON).execute(&db).await.unwrap_err();
        assert_eq!(*late.kind(), ErrorKind::Timeout, "{text}: {late:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_starting_is_waited_for() {
    let starting = |_: &mut Session, attempt| match attempt {
        0..3 => Ok(Then::Close(error(b'E', "FATAL", "57P03"))),
        3 => Ok(Then::Close(Vec::new())),
        4 => Ok(Then::Close(error(b'E', "FATAL", "57P01"))),
        _ => Ok(Then::Usual),
    };
    let db = open_within(login(starting), Duration::from_secs(60)).await.unwrap();
    query(INSERT).execute(&db).await.unwrap();
}

#[tokio::test]
async fn what_cannot_pass_fails_at_once() {
    let begin = Instant::now();
    for code in ["28P01", "28000", "3D000"] {
        let refusing = move |_: &mut Session, _| Ok(Then::Close(error(b'E', "FATAL", code)));
        let error = open_within(login(refusing), Duration::from_secs(60)).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (&ErrorKind::CannotOpen, Some(code)));
    }
    let not_postgres: [&'static [u8]; 3] =
        [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n", b"\x4a\0\0\0\x0a8.0.36\0aaaaaaaaaaaaaaaa"];
    for answer in not_postgres {
        let speaking = move |_: &mut Session, _| Ok(Then::Close(answer.to_vec()));
        let error = open_within(login(speaking), Duration::from_secs(60)).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::CannotOpen);
    }
    assert!(begin.elapsed() < Duration::from_secs(30), "it is not tried again: {:?}", begin.elapsed());
}

/// Opens a database with the password `secret` on a server that asks for it so.
async fn log_in(answer: impl Fn(&mut Session) -> io::Result<Then> + Send + Sync + 'static) -> Result<Database> {
    let port = scripted::start(Arc::new(login(move |session, _| answer(session))));
    let address = format!("postgres://user:secret@127.0.0.1:{port}/shop");
    Database::builder(address).connections(2).acquire_timeout(Duration::from_secs(60)).open().await
}

#[tokio::test]
async fn a_login_that_goes_wrong_fails_at_once_and_shows_no_password() {
    let begin = Instant::now();
    let refused: [fn(&mut Session) -> io::Result<Then>; 9] = [
        // Ways that the library does not have: Kerberos, SSPI, a number that nobody knows.
        |_| Ok(Then::Send(authentication(2, b""))),
        |_| Ok(Then::Send(authentication(9, b""))),
        |_| Ok(Then::Send(authentication(99, b""))),
        |_| Ok(Then::Send(authentication(10, b"SCRAM-SHA-1\0\0"))),
        // The salt is too short.
        |_| Ok(Then::Send(authentication(5, b"ab"))),
        // The exchange goes on before it has begun, with nonsense, and with another nonce.
        |_| Ok(Then::Send(authentication(11, b"r=abc,s=QUJD,i=4096"))),
        |session| {
            session.send(&authentication(10, b"SCRAM-SHA-256\0\0"))?;
            session.read()?;
            Ok(Then::Send(authentication(11, b"nonsense")))
        },
        |session| {
            session.send(&authentication(10, b"SCRAM-SHA-256\0\0"))?;
            session.read()?;
            Ok(Then::Send(authentication(11, b"r=another,s=QUJD,i=4096")))
        },
        // The server does not know the password, but lets the client in.
        |session| {
            session.send(&authentication(10, b"SCRAM-SHA-256\0\0"))?;
            let (_, first) = session.read()?;
            let first = String::from_utf8_lossy(&first).into_owned();
            let nonce = first.split_once("r=").unwrap().1.to_owned();
            session.send(&authentication(11, format!("r={nonce}more,s=QUJD,i=4096").as_bytes()))?;
            session.read()?;
            Ok(Then::Send(authentication(12, b"v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")))
        },
    ];
    for (number, answer) in refused.into_iter().enumerate() {
        let error = log_in(answer).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::CannotOpen, "{number}: {error:?}");
        assert!(!format!("{error:?} {error}").contains("secret"), "{number}");
    }
    assert!(begin.elapsed() < Duration::from_secs(30), "it is not tried again: {:?}", begin.elapsed());
}

#[tokio::test]
async fn passwords_are_sent_as_the_server_asks_for_them() {
    let plain = |session: &mut Session| {
        session.send(&authentication(3, b""))?;
        assert_eq!(session.read()?, (b'p', b"secret\0".to_vec()));
        Ok(Then::Usual)
    };
    log_in(plain).await.unwrap();
    let md5 = |session: &mut Session| {
        session.send(&authentication(5, &[1, 2, 3, 4]))?;
        assert_eq!(session.read()?, (b'p', b"md5fccef98e4f1cf6cbe96b743fad4e8bd0\0".to_vec()));
        Ok(Then::Usual)
    };
    log_in(md5).await.unwrap();
}

/// CockroachDB gives errors without the field `V`, and its early versions have no keys.
/// (<https://www.cockroachlabs.com/docs/stable/postgresql-compatibility>)
struct Cockroach;

fn brief_error(severity: &str, code: &str) -> Vec<u8> {
    message(b'E', format!("S{severity}\0C{code}\0Mas the test says\0\0").as_bytes())
}

impl Script for Cockroach {
    fn log_in(&self, session: &mut Session) -> io::Result<Then> {
        session.send(&parameter("crdb_version", "CockroachDB CCL v23.1"))?;
        Ok(Then::Usual)
    }

    fn execute(&self, connection: usize, text: &str) -> Then {
        match (connection, text) {
            (2, "select drained") => Then::Close([brief_error("FATAL", "57P01")].concat()),
            (_, "insert conflict") => Then::Send(brief_error("ERROR", "40001")),
            _ => Then::Usual,
        }
    }

    fn key(&self, _: usize) -> Vec<u8> {
        Vec::new()
    }
}

#[tokio::test]
async fn servers_of_other_makers_are_understood() {
    let (db, _) = open(Cockroach).await;
    let drained = query("select drained").all::<i64>(&db).await;
    if let Err(error) = drained {
        assert_eq!((error.kind(), error.code()), (&ErrorKind::Disconnected, Some("57P01")));
    }
    assert_eq!(query("select other").all::<i64>(&db).await.unwrap(), [1, 2, 3]);
    let conflict = query("insert conflict").execute(&db).await.unwrap_err();
    assert_eq!(*conflict.kind(), ErrorKind::Conflict);
    assert!(conflict.is_transient());
}

#[tokio::test]
async fn a_session_that_the_server_has_ended_while_it_was_idle_is_replaced_unnoticed() {
    struct Impatient;
    impl Script for Impatient {
        fn sync(&self, connection: usize, text: &str) -> Then {
            match (connection, text) {
                (2, INSERT) => Then::Close([ready(b'I'), error(b'E', "FATAL", "57P05")].concat()),
                _ => Then::Usual,
            }
        }
    }
    let (db, _) = open(Impatient).await;
    for _ in 0..3 {
        query(INSERT).execute(&db).await.unwrap();
    }
}

#[tokio::test]
async fn closing_does_not_wait_for_a_server_that_cannot_be_reached() {
    let gone = |_: &mut Session, attempt| Ok(if attempt == 0 { Then::Usual } else { Then::Close(Vec::new()) });
    let db = open_within(login(gone), Duration::from_secs(600)).await.unwrap();
    let running = tokio::spawn({
        let db = db.clone();
        async move { query(INSERT).execute(&db).await }
    });
    let begin = Instant::now();
    db.close().await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    running.await.unwrap().unwrap_err();
}
