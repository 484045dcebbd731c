//! Logins to a PostgreSQL server: passwords, encryption, and certificates that the tests make.

#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;
use std::time::Duration;

use aio_sql::{Database, Error, ErrorKind, Result, sql};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd,
};
use servers::postgres::{Programs, Server, Settings};
use tempfile::TempDir;

type Authority = CertifiedIssuer<'static, KeyPair>;

/// Makes an authority of this name.
fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Returns a certificate of an authority, and its key, both as PEM.
fn certificate(authority: &Authority, params: CertificateParams) -> [String; 2] {
    let key = KeyPair::generate().unwrap();
    [params.signed_by(&key, authority).unwrap().pem(), key.serialize_pem()]
}

fn for_host(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

fn for_client(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
    params
}

/// The server of these tests, which has a certificate for `localhost` and a user for each way to
/// log in. Only `plain_text` may connect without encryption.
struct Fixture {
    programs: &'static Programs,
    server: Server,
    authority: Authority,
    folder: TempDir,
}

/// The roles that have a password, which is `pa:ss w%rd`.
const ROLES: &str = "set password_encryption = 'scram-sha-256';
    create role open login; create role certified login;
    create role plain login password 'pa:ss w%rd'; create role scram login password 'pa:ss w%rd';
    create role plain_text login password 'pa:ss w%rd'; create role renewed login password 'one';
    set password_encryption = md5; create role old login password 'pa:ss w%rd';
    reset password_encryption;";

/// The password as it is written in an address.
const PASSWORD: &str = "pa%3Ass%20w%25rd";

/// Returns the programs of a server that can encrypt connections, or `None` if none can, or if the
/// tests that need a server are left out.
fn programs() -> Option<&'static Programs> {
    let found = Programs::all().iter().find(|programs| programs.has_tls());
    let is_wanted = std::env::var("AIO_SQL_SERVERS").map_or(true, |servers| servers != "none");
    if is_wanted && found.is_none() {
        eprintln!("no PostgreSQL that was found has TLS: tests of logins are left out (`apt-get install postgresql`)");
    }
    found.filter(|_| is_wanted)
}

fn fixture() -> Option<&'static Fixture> {
    static FIXTURE: LazyLock<Option<Fixture>> = LazyLock::new(|| {
        let programs = programs()?;
        let authority = authority("ours");
        let [pem, key] = certificate(&authority, for_host("localhost"));
        let settings = Settings::default()
            .programs(programs)
            .port(0)
            .certificate(&pem, &key)
            .client_authority(&authority.as_ref().pem())
            .access("hostssl all open 127.0.0.1/32 trust")
            .access("hostssl all plain 127.0.0.1/32 password")
            .access("hostssl all old 127.0.0.1/32 md5")
            .access("hostssl all scram,renewed 127.0.0.1/32 scram-sha-256")
            .access("hostssl all certified 127.0.0.1/32 cert")
            .access("host all plain_text 127.0.0.1/32 scram-sha-256");
        let server = Server::start(&settings);
        server.connect().unwrap().run(ROLES).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let fixture = Fixture { programs, server, authority, folder };
        fixture.write("ca.pem", &fixture.authority.as_ref().pem());
        Some(fixture)
    });
    FIXTURE.as_ref()
}

impl Fixture {
    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// Returns the address for a user, who may be followed by a password, with parameters.
    fn address(&self, user: &str, host: &str, parameters: &str) -> String {
        format!("postgres://{user}@{host}:{}/postgres?{parameters}", self.server.port())
    }

    /// Returns the address for a connection that is verified in full.
    fn verified(&self, user: &str) -> String {
        let roots = self.folder.path().join("ca.pem");
        self.address(user, "localhost", &format!("sslmode=verify-full&sslrootcert={}", roots.display()))
    }
}

/// Opens a database, and returns the user, and whether the connection is encrypted.
async fn login(address: &str) -> Result<(String, bool)> {
    let db = Database::open(address).await?;
    let row = sql!("select session_user::text, ssl from pg_stat_ssl where pid = pg_backend_pid()").one(&db).await;
    db.close().await?;
    row
}

async fn refused(address: &str, words: &[&str]) -> Error {
    let error = login(address).await.unwrap_err();
    let shown = error.to_string();
    assert!(words.iter().all(|words| shown.contains(words)), "{shown}");
    for secret in [PASSWORD, "pa:ss", "w%rd"] {
        assert!(!format!("{error} {error:?}").contains(secret), "the password is shown: {error:?}");
    }
    error
}

#[tokio::test]
async fn a_user_logs_in_by_trust_a_password_md5_or_scram() {
    let Some(server) = fixture() else { return };
    for user in ["open", &format!("plain:{PASSWORD}"), &format!("old:{PASSWORD}"), &format!("scram:{PASSWORD}")] {
        let name = user.split(':').next().unwrap().to_owned();
        assert_eq!(login(&server.verified(user)).await.unwrap(), (name, true));
    }
    let plain_text = server.address(&format!("plain_text:{PASSWORD}"), "127.0.0.1", "");
    assert_eq!(login(&plain_text).await.unwrap(), ("plain_text".to_owned(), false));
}

#[tokio::test]
async fn a_wrong_or_missing_password_names_the_user_and_the_host_and_is_not_tried_again() {
    let Some(server) = fixture() else { return };
    for user in ["plain", "old", "scram"] {
        let words = [&*format!("\"{user}\""), "localhost"];
        let error = refused(&server.verified(&format!("{user}:{PASSWORD}x")), &words).await;
        assert_eq!(*error.kind(), ErrorKind::CannotOpen);
        assert_eq!(error.code(), Some("28P01"));
        let words = [&*format!("asks for the password of `{user}`"), "localhost"];
        assert_eq!(*refused(&server.verified(user), &words).await.kind(), ErrorKind::CannotOpen);
    }
}

#[tokio::test]
async fn a_server_is_verified_by_its_authority_its_name_and_the_time() {
    let Some(server) = fixture() else { return };
    let roots = server.folder.path().join("ca.pem");
    let parameters = |mode: &str, roots: &PathBuf| format!("sslmode={mode}&sslrootcert={}", roots.display());
    login(&server.address("open", "localhost", &parameters("verify-full", &roots))).await.unwrap();
    let wrong_name = server.address("open", "127.0.0.1", &parameters("verify-full", &roots));
    let error = refused(&wrong_name, &["is not for the name `127.0.0.1`, but for `localhost`"]).await;
    assert_eq!(*error.kind(), ErrorKind::CannotOpen);
    login(&server.address("open", "127.0.0.1", &parameters("verify-ca", &roots))).await.unwrap();

    let other = server.write("other.pem", &authority("others").as_ref().pem());
    for mode in ["verify-full", "verify-ca", "require"] {
        let unknown = server.address("open", "localhost", &parameters(mode, &other));
        refused(&unknown, &["is not from an authority in", "other.pem"]).await;
    }
    let of_system = server.address("open", "localhost", "sslmode=verify-full");
    refused(&of_system, &["`sslrootcert`"]).await;
    assert_eq!(
        login(&server.address("open", "127.0.0.1", "sslmode=require")).await.unwrap(),
        ("open".to_owned(), true)
    );

    let mut expired = for_host("localhost");
    (expired.not_before, expired.not_after) = (date_time_ymd(2001, 2, 3), date_time_ymd(2002, 3, 4));
    let [pem, key] = certificate(&server.authority, expired);
    let settings = Settings::default().programs(server.programs).port(0).certificate(&pem, &key);
    let expired = Server::start(&settings.access("hostssl all all 127.0.0.1/32 trust"));
    let parameters = parameters("verify-ca", &roots);
    let address = format!("postgres://postgres@localhost:{}/postgres?{parameters}", expired.port());
    refused(&address, &["has expired on 2002-03-04"]).await;
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_tls_is_asked_for() {
    let Some(programs) = programs() else { return };
    let settings = Settings::default().programs(programs).port(0).access("host all all 127.0.0.1/32 trust");
    let server = Server::start(&settings);
    let address = |mode: &str| format!("postgres://postgres@localhost:{}/postgres?sslmode={mode}", server.port());
    for mode in ["require", "verify-full"] {
        let error = refused(&address(mode), &["does not encrypt connections"]).await;
        assert_eq!(*error.kind(), ErrorKind::CannotOpen);
    }
    assert_eq!(login(&address("disable")).await.unwrap(), ("postgres".to_owned(), false));
}

#[tokio::test]
async fn a_client_is_known_by_its_certificate() {
    let Some(server) = fixture() else { return };
    let with_certificate = |name: &str, authority: &Authority, user: &str| {
        let [pem, key] = certificate(authority, for_client(user));
        let (pem, key) = (server.write(&format!("{name}.pem"), &pem), server.write(&format!("{name}.key"), &key));
        format!("{}&sslcert={}&sslkey={}", server.verified("certified"), pem.display(), key.display())
    };
    let own = with_certificate("own", &server.authority, "certified");
    assert_eq!(login(&own).await.unwrap(), ("certified".to_owned(), true));
    refused(&with_certificate("somebody", &server.authority, "somebody"), &["\"certified\""]).await;
    refused(&with_certificate("unknown", &authority("others"), "certified"), &["unknown.pem", "`sslcert`"]).await;
    refused(&server.verified("certified"), &["certificate"]).await;
}

#[tokio::test]
async fn a_login_by_scram_is_bound_to_the_servers_certificate() {
    let Some(server) = fixture() else { return };
    let address = |user: &str, binding: &str| format!("{}&channel_binding={binding}", server.verified(user));
    for binding in ["require", "prefer", "disable"] {
        login(&address(&format!("scram:{PASSWORD}"), binding)).await.unwrap();
    }
    for user in ["open", &format!("plain:{PASSWORD}"), &format!("old:{PASSWORD}")] {
        refused(&address(user, "require"), &["`channel_binding=require`"]).await;
        login(&address(user, "prefer")).await.unwrap();
    }
}

/// Passes on the connections to a server, and keeps the first eight bytes that clients send.
struct Relay {
    port: u16,
    beginnings: Arc<Mutex<Vec<[u8; 8]>>>,
}

impl Relay {
    fn to(server: u16) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let relay = Relay { port: listener.local_addr().unwrap().port(), beginnings: Arc::default() };
        let beginnings = Arc::clone(&relay.beginnings);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (mut client, beginnings) = (client.unwrap(), Arc::clone(&beginnings));
                thread::spawn(move || {
                    let mut server = TcpStream::connect(("127.0.0.1", server)).unwrap();
                    let mut beginning = [0; 8];
                    if client.read_exact(&mut beginning).is_err() {
                        return;
                    }
                    beginnings.lock().unwrap().push(beginning);
                    server.write_all(&beginning).unwrap();
                    let (mut from, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                    thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                    let _ = std::io::copy(&mut client, &mut server);
                    let _ = server.shutdown(Shutdown::Both);
                });
            }
        });
        relay
    }
}

#[tokio::test]
async fn a_statement_is_cancelled_over_an_encrypted_connection() {
    let Some(server) = fixture() else { return };
    let relay = Relay::to(server.server.port());
    let of_server = format!(":{}/", server.server.port());
    let address = server.verified("open").replace(&of_server, &format!(":{}/", relay.port));
    let db = Database::builder(&address).connections(2).open().await.unwrap();
    let conn = db.connect().await.unwrap();
    let pid: i32 = sql!("select pg_backend_pid()").scalar(&conn).await.unwrap();
    let slow = sql!("select pg_sleep(600)").timeout(Duration::from_millis(50)).execute(&conn).await;
    assert_eq!(*slow.unwrap_err().kind(), ErrorKind::Timeout);
    // The same connection goes on, so the server has taken the request.
    let after: i32 = sql!("select pg_backend_pid()").scalar(&conn).await.unwrap();
    assert_eq!(after, pid);
    conn.close().await.unwrap();
    db.close().await.unwrap();
    let beginnings = relay.beginnings.lock().unwrap();
    assert!(beginnings.len() >= 3, "there was a connection for the request: {beginnings:?}");
    let ssl_request = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
    assert!(beginnings.iter().all(|beginning| *beginning == ssl_request), "{beginnings:?}");
}

#[tokio::test]
async fn large_values_and_many_rows_pass_through_an_encrypted_connection_unchanged() {
    let Some(server) = fixture() else { return };
    let db = Database::open(&server.verified("open")).await.unwrap();
    let large = "The quick brown fox. ".repeat(1_000_000);
    let (back, length): (String, i32) = sql!("select {large}::text, length({large}::text)").one(&db).await.unwrap();
    assert!(back == large);
    assert_eq!(usize::try_from(length).unwrap(), large.len());
    let rows: Vec<i64> = sql!("select n::int8 from generate_series(1, 300000) n").all(&db).await.unwrap();
    assert!(rows.into_iter().eq(1..=300_000));
    db.close().await.unwrap();
}

/// Returns the address of a server that reads the request for TLS and sends this answer.
fn answering(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let _ = client.read_exact(&mut [0; 8]);
            let _ = client.write_all(answer);
            let _ = client.read_to_end(&mut Vec::new());
        }
    });
    format!("postgres://ann:{PASSWORD}@localhost:{port}/shop?sslmode=require&connect_timeout=5")
}

#[tokio::test]
async fn what_is_sent_in_plain_text_before_tls_begins_is_not_believed() {
    // The answer of a login without a password, sent by somebody on the way.
    let injected = answering(b"SR\0\0\0\x08\0\0\0\0Z\0\0\0\x05I");
    assert_eq!(*refused(&injected, &["is not encrypted"]).await.kind(), ErrorKind::CannotOpen);
    let other = answering(b"HTTP/1.1 400 Bad Request\r\n");
    assert_eq!(*refused(&other, &["does not speak PostgreSQL's protocol"]).await.kind(), ErrorKind::CannotOpen);
}

#[tokio::test]
async fn a_server_that_does_not_go_on_with_tls_is_given_up() {
    let silent = answering(b"S").replace("connect_timeout=5", "connect_timeout=1");
    let error = Database::builder(silent).acquire_timeout(Duration::from_millis(1)).open().await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::CannotOpen);
    assert!(error.to_string().contains("did not answer in time"), "{error}");
}

#[tokio::test]
async fn a_password_that_expires_comes_from_a_closure() {
    let Some(server) = fixture() else { return };
    let password = Arc::new(Mutex::new("one".to_owned()));
    let provided = Arc::clone(&password);
    let builder = Database::builder(server.verified("renewed"));
    let db = builder.password_provider(move || Ok(provided.lock().unwrap().clone())).open().await.unwrap();
    let mut admin = server.server.connect().unwrap();
    admin.run("alter role renewed password 'two'").unwrap();
    assert_eq!(*db.connect().await.unwrap_err().kind(), ErrorKind::CannotOpen);
    *password.lock().unwrap() = "two".to_owned();
    db.connect().await.unwrap().close().await.unwrap();
    db.close().await.unwrap();

    let failing = Database::builder(server.verified("renewed")).password_provider(|| Err("the vault is sealed".into()));
    let error = failing.open().await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::CannotOpen);
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "the vault is sealed");
    let both = Database::builder(server.verified("renewed:one")).password_provider(|| Ok(String::new()));
    assert_eq!(*both.open().await.unwrap_err().kind(), ErrorKind::Usage);
    let sqlite = Database::builder(":memory:").password_provider(|| Ok(String::new())).open().await.unwrap_err();
    assert!(matches!(sqlite.kind(), ErrorKind::Unsupported { database: "sqlite", .. }));
}

#[tokio::test]
async fn the_environment_is_read_where_it_is_asked_for() {
    /// Tells the process of this test that it is the one with the variables.
    const IS_CHILD: &str = "AIO_SQL_HAS_ENVIRONMENT";
    if std::env::var_os(IS_CHILD).is_some() {
        let db = Database::builder("postgres://").libpq_environment().open().await.unwrap();
        let user: String = sql!("select session_user::text").scalar(&db).await.unwrap();
        assert_eq!(user, "scram");
        assert!(!format!("{db:?}").contains("pa:ss"), "{db:?}");
        return db.close().await.unwrap();
    }
    let Some(server) = fixture() else { return };
    let port = server.server.port().to_string();
    let roots = server.folder.path().join("ca.pem");
    let mut command = Command::new(std::env::current_exe().unwrap());
    let command = command
        .args(["--exact", "the_environment_is_read_where_it_is_asked_for"])
        .env(IS_CHILD, "1")
        .envs([("PGHOST", "localhost"), ("PGPORT", &port), ("PGUSER", "scram"), ("PGPASSWORD", "pa:ss w%rd")])
        .envs([("PGDATABASE", "postgres"), ("PGSSLMODE", "verify-full"), ("PGSSLROOTCERT", roots.to_str().unwrap())]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[tokio::test]
async fn an_address_is_shown_without_its_password() {
    let Some(server) = fixture() else { return };
    let db = Database::open(&server.verified(&format!("scram:{PASSWORD}"))).await.unwrap();
    let shown = format!("{db:?}");
    assert!(shown.contains(&format!("postgres://scram@localhost:{}/postgres", server.server.port())), "{shown}");
    assert!(!shown.contains("pa:ss") && !shown.contains(PASSWORD), "{shown}");
    db.close().await.unwrap();
    for address in ["postgres://ann:pa:ss@w%rd@localhost/shop", "postgres://ann:pa:ss/w%rd@localhost/shop"] {
        let error = Database::open(address).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Usage);
        assert!(!error.to_string().contains("pa:ss") && !error.to_string().contains("w%rd"), "{error}");
    }
}
