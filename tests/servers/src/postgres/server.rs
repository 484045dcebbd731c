//! A server that runs.

use std::fs;
use std::io::{self, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::admin::Admin;
use super::files;
use super::keeper::{self, Keeper};
use super::programs::Programs;
use super::settings::Settings;
use super::template;
use super::user::User;

/// How long a server may take to start. Recovery after a kill is a part of that.
const PATIENCE: Duration = Duration::from_secs(60);

/// A private server. It is stopped, and its files are removed, when this is dropped or the process
/// ends in any other way.
#[derive(Debug)]
pub struct Server {
    keeper: Keeper,
    port: Option<u16>,
}

impl Server {
    /// Starts a server.
    ///
    /// # Panics
    /// Panics with the reason if it cannot be started.
    pub fn start(settings: &Settings) -> Server {
        Server::start_with(settings, template::unpack)
    }

    /// Starts a server that follows this one, and returns when it does. It has to have the same
    /// version.
    ///
    /// # Panics
    /// Panics with the reason if it cannot be started.
    pub fn start_standby(&self, settings: &Settings) -> Server {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("standby_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let from = format!("--host={} --port={}", self.socket_folder().display(), self.port());
        let standby = Server::start_with(&settings.clone().line(&format!("cluster_name = '{name}'")), |_, keeper| {
            let is_copied = keeper.run(&format!("basebackup {from}"));
            let log = || fs::read_to_string(keeper.folder().join("basebackup.log")).unwrap_or_default();
            assert!(is_copied, "the files of the server cannot be copied:\n{}", log());
        });
        let follows = format!(
            "select from pg_stat_replication where application_name = '{name}' and state = 'streaming' limit 1"
        );
        self.wait_until("the standby follows", &follows);
        standby
    }

    fn start_with(settings: &Settings, unpack: impl FnOnce(&Programs, &mut Keeper)) -> Server {
        let programs = settings.programs.as_ref().or(Programs::all().first());
        let programs = programs.unwrap_or_else(|| panic!("{}", super::shared::NONE));
        let mut keeper = Keeper::start(keeper::OF_SERVER, &[programs.folder().as_os_str()]);
        make_reachable(programs, &mut keeper);
        unpack(programs, &mut keeper);
        let port = settings.port.map(|port| if port == 0 { free_port() } else { port });
        let mut server = Server { keeper, port };
        server.configure(settings).unwrap_or_else(|error| panic!("{}: {error}", server.data().display()));
        server.restart();
        server
    }

    /// Lets every commit wait until a standby has it on its disk.
    ///
    /// # Panics
    /// Panics if the server does not run, or if no standby follows it.
    pub fn wait_for_standbys(&self) {
        self.run("alter system set synchronous_standby_names = '*'");
        self.run("select pg_reload_conf()");
        self.wait_until(
            "commits wait for the standby",
            "select from pg_stat_replication where sync_state = 'sync' limit 1",
        );
    }

    /// Makes a standby a primary, and returns when it is one.
    ///
    /// # Panics
    /// Panics if it is none, or does not run.
    pub fn promote(&self) {
        let promoted = self.run("select pg_promote(true, 60)");
        assert_eq!(promoted, [[Some("t".to_owned())]], "the standby has been promoted");
    }

    /// Waits until a query returns one row.
    ///
    /// # Panics
    /// Panics if it does not within a minute, or if it fails.
    pub fn wait_until(&self, what: &str, query: &str) {
        wait_until(what, || self.run(query).len() == 1);
    }

    /// Runs statements as superuser, and returns their rows.
    ///
    /// # Panics
    /// Panics if they fail, or if the server does not run.
    pub fn run(&self, statements: &str) -> Vec<Vec<Option<String>>> {
        let rows = self.connect().and_then(|mut admin| Ok(admin.run(statements)?));
        rows.unwrap_or_else(|error| panic!("{statements}: {error}"))
    }

    /// Returns the folder of the server's socket.
    pub fn socket_folder(&self) -> &Path {
        self.keeper.folder()
    }

    /// Returns the port of the loopback interface on which the server listens. It is a part of the
    /// socket's name, too.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(5432)
    }

    /// Returns the address of the database `postgres`, over the socket and as superuser.
    pub fn address(&self) -> String {
        let port = self.port.map_or(String::new(), |port| format!("&port={port}"));
        format!("postgres://postgres@/postgres?host={}{port}", self.socket_folder().display())
    }

    /// Connects as superuser.
    ///
    /// # Errors
    /// Fails if the server does not run, or does not accept connections yet.
    pub fn connect(&self) -> io::Result<Admin> {
        Admin::connect(&self.socket_folder().join(format!(".s.PGSQL.{}", self.port())), "postgres")
    }

    /// Ends all processes of the server at once, as a loss of power would, and returns when they
    /// have ended. The files remain.
    ///
    /// # Panics
    /// Panics if the server does not run.
    pub fn kill(&mut self) {
        let ids = self.freeze();
        let words: Vec<_> = ids.iter().map(u32::to_string).collect();
        self.keeper.run(&format!("kill -KILL {}", words.join(" ")));
        let are_alive = || processes().iter().any(|(id, _)| ids.contains(id));
        wait_until("the server has been killed", || self.has_ended() && !are_alive());
    }

    /// Stops the first process of the server, so that it starts no others. Returns the ids of all.
    fn freeze(&mut self) -> Vec<u32> {
        let server = self.process();
        self.keeper.run(&format!("kill -STOP {server}"));
        let of_server = processes().into_iter().filter(|(id, parent)| [*id, *parent].contains(&server));
        of_server.map(|(id, _)| id).collect()
    }

    /// Lets no process of the server run until [`resume`](Server::resume): it answers nothing, and
    /// its connections stay open.
    ///
    /// # Panics
    /// Panics if the server does not run.
    pub fn pause(&mut self) {
        let ids: Vec<_> = self.freeze().iter().map(u32::to_string).collect();
        self.keeper.run(&format!("pause {}", ids.join(" ")));
    }

    /// Lets the server go on after [`pause`](Server::pause).
    pub fn resume(&mut self) {
        self.keeper.run("resume");
    }

    /// Shuts the server down in order: sessions are ended, standbys get all that was written.
    /// Returns when it has ended.
    ///
    /// # Panics
    /// Panics if the server does not run.
    pub fn shut_down(&mut self) {
        let server = self.process();
        self.keeper.run(&format!("kill -INT {server}"));
        wait_until("the server has shut down", || self.has_ended());
    }

    /// Stops the server as an administrator does who cannot wait, and returns when it has ended.
    ///
    /// # Panics
    /// Panics if the server does not run.
    pub fn stop(&mut self) {
        let server = self.process();
        self.keeper.run(&format!("kill -QUIT {server}"));
        wait_until("the server has stopped", || self.has_ended());
    }

    /// Sets the environment variables with which the server is started from now on. No name or
    /// value may contain a space.
    pub fn set_environment(&mut self, variables: &[(&str, &Path)]) {
        let words: Vec<_> = variables.iter().map(|(name, value)| format!("{name}={}", value.display())).collect();
        self.keeper.run(&format!("environment {}", words.join(" ")));
    }

    /// Starts the server again on its files, after [`kill`](Server::kill), and returns when it
    /// accepts connections.
    ///
    /// # Panics
    /// Panics with the server's log if it does not start.
    pub fn restart(&mut self) {
        assert!(self.keeper.run("start"), "the shell starts the server");
        let begin = Instant::now();
        while let Err(error) = self.connect() {
            if self.has_ended() || begin.elapsed() > PATIENCE {
                let log = fs::read_to_string(self.socket_folder().join("log")).unwrap_or_default();
                panic!("the server does not start: {error}\n{log}");
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Returns what the server has logged.
    ///
    /// # Panics
    /// Panics if the log cannot be read.
    pub fn log(&self) -> String {
        fs::read_to_string(self.socket_folder().join("log")).expect("the server's log")
    }

    fn has_ended(&self) -> bool {
        self.socket_folder().join("ended").exists()
    }

    /// Returns the folder of the server's files.
    pub fn data(&self) -> PathBuf {
        self.keeper.folder().join("data")
    }

    /// Returns the id of the server's first process.
    fn process(&self) -> u32 {
        let file = fs::read_to_string(self.data().join("postmaster.pid")).expect("a server that runs");
        file.lines().next().and_then(|line| line.parse().ok()).expect("a process id")
    }

    fn configure(&self, settings: &Settings) -> io::Result<()> {
        let data = self.data();
        let folder = self.socket_folder().to_str().ok_or(io::ErrorKind::InvalidFilename)?;
        let mut file = fs::OpenOptions::new().append(true).open(data.join("postgresql.conf"))?;
        file.write_all(settings.configuration(folder, self.port).as_bytes())?;
        // The tests connect over the socket, whatever is wanted of others.
        fs::write(data.join("pg_hba.conf"), format!("local all,replication all trust\n{}", settings.access))?;
        let certificate =
            settings.certificate.iter().flat_map(|pair| ["server.crt", "server.key"].into_iter().zip(pair));
        let authority = settings.client_authority.iter().map(|authority| ("clients.crt", authority));
        for (name, text) in certificate.chain(authority) {
            let path = data.join(name);
            fs::write(&path, text)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
            files::give(&path, User::of_servers())?;
        }
        Ok(())
    }
}

/// Lets the server's user reach the programs also where their folder is open to root alone.
fn make_reachable(programs: &Programs, keeper: &mut Keeper) {
    if User::of_servers().is_some() && !files::is_open_to_all(programs.folder()) {
        let copy = keeper.folder().join("programs");
        files::link(programs.root(), &copy, User::of_servers()).expect("a copy of the programs");
        let below = programs.folder().strip_prefix(programs.root()).expect("a part of the installation");
        keeper.run(&format!("programs {}", copy.join(below).display()));
    }
}

/// Returns a port that nobody uses at the moment.
pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("the address").port()
}

/// Returns the ids of all processes that run, each with the id of its parent.
fn processes() -> Vec<(u32, u32)> {
    // Some small images of Linux have no `ps`.
    if Path::new("/proc/self/stat").exists() {
        let entries = fs::read_dir("/proc").into_iter().flatten().filter_map(io::Result::ok);
        let stats = entries.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
        return stats.filter_map(|stat| of_stat(&stat)).collect();
    }
    let output = Command::new("ps").args(["-A", "-o", "pid=", "-o", "ppid=", "-o", "stat="]).output();
    let text = String::from_utf8(output.expect("the command `ps`").stdout).expect("text");
    text.lines().filter_map(|line| running(&line.split_whitespace().collect::<Vec<_>>())).collect()
}

/// Reads a file `/proc/…/stat`: the id, the name in parentheses, the state, the parent.
fn of_stat(stat: &str) -> Option<(u32, u32)> {
    let (id, rest) = stat.split_once(" (")?;
    let mut words = rest.rsplit_once(") ")?.1.split(' ');
    let (state, parent) = (words.next()?, words.next()?);
    running(&[id, parent, state])
}

/// Returns the id and the parent of a process that has not ended.
fn running(columns: &[&str]) -> Option<(u32, u32)> {
    let [id, parent, state] = columns else { return None };
    (!state.starts_with('Z')).then_some((id.parse().ok()?, parent.parse().ok()?))
}

pub(super) fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < PATIENCE, "in vain it was waited until {what}");
        thread::sleep(Duration::from_millis(1));
    }
}
