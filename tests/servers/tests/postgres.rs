//! Servers are started, killed, and removed however their process ends.

#![allow(clippy::unwrap_used, missing_docs)]

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use servers::postgres::{Programs, Server, Settings};

/// The variable that tells the process of a test that it is the one that will be killed.
const IS_KILLED: &str = "AIO_SQL_IS_KILLED";

/// Waits for a process that is not a child of this one.
fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < Duration::from_secs(30), "in vain it was waited until {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Returns the id of the main process of the server in a folder.
fn id(folder: &Path) -> String {
    let file = std::fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
    file.lines().next().unwrap().to_owned()
}

fn runs(id: &str) -> bool {
    Command::new("kill").args(["-0", id]).stderr(Stdio::null()).status().unwrap().success()
}

/// Returns the answer to a query that has one.
fn one(server: &Server, query: &str) -> String {
    server.connect().unwrap().run(query).unwrap()[0][0].clone().unwrap()
}

#[test]
fn a_server_ends_and_its_files_are_removed_when_its_process_is_killed() {
    let name = "a_server_ends_and_its_files_are_removed_when_its_process_is_killed";
    if env::var_os(IS_KILLED).is_some() {
        let server = Server::start(&Settings::default());
        println!("\nfolder {}", server.socket_folder().display());
        // The process is killed here.
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        return;
    }
    let mut command = Command::new(env::current_exe().unwrap());
    let command = command.args(["--exact", name, "--nocapture"]).env(IS_KILLED, "1");
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    let folder: PathBuf = lines.filter_map(|line| line.strip_prefix("folder ").map(Into::into)).next().unwrap();
    let server = id(&folder);
    assert!(runs(&server));
    process.kill().unwrap();
    process.wait().unwrap();
    wait_until("the server has ended", || !runs(&server) && !folder.exists());
}

#[test]
fn a_server_that_is_dropped_has_ended() {
    let server = Server::start(&Settings::default());
    let (folder, id) = (server.socket_folder().to_owned(), id(server.socket_folder()));
    drop(server);
    assert!(!folder.exists());
    assert!(!runs(&id));
}

#[test]
fn a_killed_server_starts_again_with_what_was_committed() {
    let mut server = Server::start(&Settings::default().durable());
    let mut before = server.connect().unwrap();
    assert_eq!(before.run("show fsync").unwrap(), [[Some("on".to_owned())]]);
    before.run("create table kept (id int); insert into kept values (1)").unwrap();
    before.run("begin; insert into kept values (2)").unwrap();
    server.kill();
    assert!(server.connect().is_err());
    server.restart();
    assert_eq!(one(&server, "select string_agg(id::text, ',') from kept"), "1");
    assert!(server.log().contains("database system was not properly shut down"));
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let start = || Server::start(&Settings::default().line("no_such_setting = 1"));
    let message = *thread::spawn(move || drop(start())).join().unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains(r#"unrecognized configuration parameter "no_such_setting""#), "{message}");
}

/// Returns the first answer of a server to a client that begins over TCP: what it wants for the
/// login, or an error.
fn login(server: &Server, user: &str) -> Vec<u8> {
    let mut socket = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    let body = format!("\0\x03\0\0user\0{user}\0database\0postgres\0\0");
    let length = u32::try_from(body.len() + 4).unwrap();
    socket.write_all(&[&length.to_be_bytes(), body.as_bytes()].concat()).unwrap();
    let mut answer = [0; 9];
    socket.read_exact(&mut answer).unwrap();
    answer.to_vec()
}

#[test]
fn the_login_over_tcp_is_as_the_settings_say() {
    let settings = Settings::default()
        .port(0)
        .access("host all trusted 127.0.0.1/32 trust")
        .access("host all plain 127.0.0.1/32 password")
        .access("host all old 127.0.0.1/32 md5")
        .access("host all new 127.0.0.1/32 scram-sha-256");
    let server = Server::start(&settings);
    let mut admin = server.connect().unwrap();
    admin
        .run("create role trusted login; create role plain login password 'a'; create role new login password 'a'")
        .unwrap();
    admin.run("set password_encryption = md5; create role old login password 'a'; create role other login").unwrap();
    let wanted = |user| {
        let answer = login(&server, user);
        (answer[0], u32::from_be_bytes(*answer[5..].first_chunk().unwrap()))
    };
    assert_eq!(["trusted", "plain", "old", "new"].map(wanted), [(b'R', 0), (b'R', 3), (b'R', 5), (b'R', 10)]);
    assert_eq!(wanted("other").0, b'E');
}

#[test]
fn every_version_that_was_found_starts() {
    for programs in Programs::all() {
        let server = Server::start(&Settings::default().programs(programs));
        assert_eq!(one(&server, "show server_version_num").len(), 6);
        assert!(one(&server, "select version()").contains(programs.version()));
    }
}
