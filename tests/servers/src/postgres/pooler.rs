//! PgBouncer, a pooler that runs before a server.

use std::env;
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::admin::Admin;
use super::files;
use super::keeper::Keeper;
use super::programs::target;
use super::server::{Server, free_port};
use super::user::User;

/// The script of the shell that keeps a pooler.
const SCRIPT: &str = include_str!("pooler.sh");

/// The variable that names the program.
const VARIABLE: &str = "AIO_SQL_PGBOUNCER";

/// How long a pooler may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a pooler is started.
#[derive(Clone, Debug)]
pub struct PoolerSettings {
    sessions: u32,
    lines: String,
}

impl PoolerSettings {
    /// Lets each user of a database have this number of sessions of the server.
    pub fn sessions(number: u32) -> PoolerSettings {
        PoolerSettings { sessions: number, lines: String::new() }
    }

    /// Adds a line to `pgbouncer.ini`, such as `server_lifetime = 5`.
    pub fn line(mut self, line: &str) -> PoolerSettings {
        let _ = writeln!(self.lines, "{line}");
        self
    }
}

/// A PgBouncer of the test's own in its transaction mode. It takes the sessions of the server by
/// turns, so that a client that expects the same one again finds it out. It is stopped when this
/// is dropped or the process ends in any other way.
#[derive(Debug)]
pub struct Pooler {
    keeper: Keeper,
    port: u16,
}

impl Pooler {
    /// Starts a pooler before a server.
    ///
    /// # Panics
    /// Panics with the reason if it cannot be started.
    pub fn start(server: &Server, settings: &PoolerSettings) -> Pooler {
        let Program { path, root } = find();
        let libraries = root.as_deref().map(libraries).unwrap_or_default();
        let mut keeper = Keeper::start(SCRIPT, &[path.as_os_str(), libraries.as_ref()]);
        if let Some(root) = &root
            && User::of_servers().is_some()
            && !files::is_open_to_all(&path)
        {
            let copy = keeper.folder().join("program");
            files::link(root, &copy, User::of_servers()).expect("a copy of the program");
            let below = path.strip_prefix(root).expect("a part of what was unpacked");
            keeper.run(&format!("program {}", copy.join(below).display()));
            keeper.run(&format!("libraries {}", self::libraries(&copy)));
        }
        let mut pooler = Pooler { keeper, port: free_port() };
        pooler.configure(server, settings).expect("the files of the pooler");
        pooler.restart();
        pooler
    }

    /// Returns the port of the loopback interface on which the pooler listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the address of a database behind the pooler for a user, over its socket. The
    /// address does not say that a pooler is there.
    pub fn address(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}@/{database}?host={}&port={}", self.keeper.folder().display(), self.port)
    }

    /// Connects to a database as a user.
    ///
    /// # Errors
    /// Fails if the pooler does not run, or does not reach the server.
    pub fn connect(&self, user: &str, database: &str) -> io::Result<Admin> {
        Admin::connect_as(user, &self.socket(), database)
    }

    /// Ends the pooler at once, as a crash would.
    pub fn kill(&mut self) {
        self.keeper.run("kill KILL");
        self.keeper.run("wait");
        let _ = fs::remove_file(self.socket());
    }

    /// Starts the pooler again, after [`kill`](Pooler::kill), and returns when it accepts
    /// connections.
    ///
    /// # Panics
    /// Panics with the pooler's log if it does not start.
    pub fn restart(&mut self) {
        assert!(self.keeper.run("start"), "the shell starts the pooler");
        let begin = Instant::now();
        // The console of the pooler needs no server.
        while let Err(error) = self.connect("postgres", "pgbouncer") {
            assert!(begin.elapsed() < PATIENCE, "the pooler does not start: {error}\n{}", self.log());
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Returns what the pooler has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.keeper.folder().join("log")).unwrap_or_default()
    }

    fn socket(&self) -> PathBuf {
        self.keeper.folder().join(format!(".s.PGSQL.{}", self.port))
    }

    fn configure(&self, server: &Server, PoolerSettings { sessions, lines }: &PoolerSettings) -> io::Result<()> {
        let folder = self.keeper.folder();
        let (port, here) = (self.port, folder.display());
        let (server_folder, server_port) = (server.socket_folder().display(), server.port());
        let settings = format!(
            "[databases]
* = host={server_folder} port={server_port}
[pgbouncer]
pool_mode = transaction
default_pool_size = {sessions}
server_round_robin = 1
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir = {here}
auth_type = trust
auth_file = {here}/users
auth_user = postgres
auth_query = select usename, passwd from pg_shadow where usename = $1
admin_users = postgres
max_client_conn = 1000
server_login_retry = 1
log_connections = 0
log_disconnections = 0
log_stats = 0
{lines}"
        );
        for (name, text) in [("pgbouncer.ini", settings.as_str()), ("users", "\"postgres\" \"\"\n")] {
            let path = folder.join(name);
            fs::write(&path, text)?;
            files::give(&path, User::of_servers())?;
        }
        Ok(())
    }
}

/// PgBouncer's program, and the folder into which its package was unpacked if it is not installed.
struct Program {
    path: PathBuf,
    root: Option<PathBuf>,
}

/// Returns the folders of libraries below the folder into which packages were unpacked, as
/// `LD_LIBRARY_PATH` has them.
fn libraries(root: &Path) -> String {
    let entries = fs::read_dir(root.join("usr/lib")).into_iter().flatten().filter_map(Result::ok);
    let folders: Vec<_> = entries.map(|entry| entry.path().display().to_string()).collect();
    folders.join(":")
}

fn find() -> Program {
    if let Some(path) = env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        let path = PathBuf::from(path);
        assert!(path.exists(), "{VARIABLE}: there is no program {}", path.display());
        return Program { path, root: None };
    }
    let folders = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect::<Vec<_>>();
    let installed = folders.into_iter().chain([PathBuf::from("/usr/sbin")]).map(|folder| folder.join("pgbouncer"));
    if let Some(path) = installed.into_iter().find(|path| path.exists()) {
        return Program { path, root: None };
    }
    let root = target().join("servers/pgbouncer");
    let path = root.join("usr/sbin/pgbouncer");
    assert!(
        path.exists(),
        "these tests need PgBouncer. `./test` brings it on Debian and Ubuntu; or install it (`apt-get install \
         pgbouncer`), or name its program by {VARIABLE}. With AIO_SQL_SERVERS=none the tests are left out."
    );
    Program { path, root: Some(root) }
}
