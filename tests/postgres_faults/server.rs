//! A PostgreSQL server of the tests' own, which they can kill.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use aio_sql::{Database, Result, query};
use tempfile::TempDir;

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that is stopped when this is dropped, or when the process ends.
pub(crate) struct Server {
    folder: TempDir,
    port: u16,
    settings: &'static str,
    process: Option<Child>,
}

impl Server {
    /// Starts a server with these lines in its configuration.
    pub(crate) fn start(settings: &'static str) -> Server {
        let folder = tempfile::tempdir().unwrap();
        if is_root() {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let data = folder.path().join("data");
        let output = command("initdb").arg("-D").arg(&data).args(["-U", "postgres", "-A", "trust", "-N"]).output();
        let output = output.expect("initdb runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut server = Server { folder, port, settings, process: None };
        server.restart();
        server
    }

    /// Returns the address of a database.
    pub(crate) fn address(&self, database: &str) -> String {
        address(self.port, database)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts the server again after it was killed, and waits until it accepts connections.
    pub(crate) fn restart(&mut self) {
        let file = fs::File::create(self.folder.path().join("log")).unwrap();
        // The shell ends the server when the pipe is closed, however this process ends.
        let run = r#""$0" "$@" & echo $!; read x; kill -QUIT $!; wait"#;
        let mut shell = Command::new("sh");
        if is_root() {
            shell.uid(NOBODY).gid(NOBODY);
        }
        shell.arg("-c").arg(run).arg(program("postgres")).arg("-D").arg(self.data());
        let port = self.port.to_string();
        let all =
            ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300", "deadlock_timeout=50"];
        for setting in all.into_iter().chain(self.settings.lines()) {
            shell.args(["-c", setting]);
        }
        shell.args(["-p", &port]).current_dir(self.folder.path());
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(file);
        let mut process = shell.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        self.process = Some(process);
        let begin = Instant::now();
        while !self.accepts() {
            assert!(begin.elapsed() < PATIENCE, "{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Returns what the server has logged since its start.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn accepts(&self) -> bool {
        let mut ready = Command::new(program("pg_isready"));
        ready.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
        TcpStream::connect(("127.0.0.1", self.port)).is_ok() && ready.status().unwrap().success()
    }

    /// Restarts the server as an administrator does who cannot wait.
    pub(crate) fn restart_immediately(&mut self) {
        let stopped = command("pg_ctl").arg("stop").arg("-D").arg(self.data()).args(["-m", "immediate", "-w"]).output();
        assert!(stopped.unwrap().status.success());
        self.has_ended();
        self.restart();
    }

    /// Ends all processes of the server at once, as a loss of power would.
    pub(crate) fn kill(&mut self) {
        let pid = fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let pid = pid.lines().next().unwrap();
        // It must not start further processes while those that run are looked for.
        assert!(Command::new("kill").args(["-STOP", pid]).status().unwrap().success());
        let mut all = vec![pid.to_owned()];
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split(' ').nth(2));
            if parent == Some(pid) {
                all.push(entry.file_name().into_string().unwrap());
            }
        }
        // A process may have ended by itself.
        Command::new("kill").arg("-KILL").args(&all).stderr(Stdio::null()).status().unwrap();
        self.has_ended();
        let begin = Instant::now();
        let runs = |pid: &String| {
            let stat = fs::read_to_string(Path::new("/proc").join(pid).join("stat")).unwrap_or_default();
            !stat.is_empty() && !stat.contains(") Z ")
        };
        while all.iter().any(runs) {
            assert!(begin.elapsed() < PATIENCE);
            std::thread::yield_now();
        }
    }

    fn has_ended(&mut self) {
        if let Some(mut process) = self.process.take() {
            drop(process.stdin.take());
            process.wait().unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.has_ended();
    }
}

const NOBODY: u32 = 65534;

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").unwrap().uid() == 0
}

fn program(name: &str) -> PathBuf {
    for version in ["18", "17", "16", "15", "14"] {
        let path = Path::new("/usr/lib/postgresql").join(version).join("bin").join(name);
        if path.exists() {
            return path;
        }
    }
    PathBuf::from(name)
}

fn command(name: &str) -> Command {
    let mut command = Command::new(program(name));
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.current_dir("/");
    command
}

/// Returns the address of a database behind a port of this machine.
pub(crate) fn address(port: u16, database: &str) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/{database}")
}

/// Returns the server that tests share which do not harm it.
pub(crate) fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| Server::start("fsync=off"))
}

/// Creates an empty database on the shared server, and returns its name.
pub(crate) async fn create_database() -> Result<String> {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let db = Database::open(shared().address("postgres")).await?;
    query(format!("create database {name} strategy wal_log template template0")).execute(&db).await?;
    db.close().await?;
    Ok(name)
}
