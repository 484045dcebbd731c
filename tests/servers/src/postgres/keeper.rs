//! The process that stops a server or a pooler when the process of the test has ended.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::user::User;

/// The longest path that the name of a socket may have for the system to accept it, less the name
/// of the server's folder and that of the socket in it.
const LONGEST: usize = 107 - "/aio-sql.XXXXXX/.s.PGSQL.5432".len();

/// The script of the shell that keeps a server.
pub(super) const OF_SERVER: &str = include_str!("keeper.sh");

/// A shell that starts a server, stops it when its standard input is closed, and removes the
/// server's folder. It is not stopped by what stops the test's process.
#[derive(Debug)]
pub(super) struct Keeper {
    shell: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    folder: PathBuf,
}

impl Keeper {
    /// Starts the shell with a script and its arguments. It makes the server's folder.
    pub(super) fn start(script: &str, arguments: &[&OsStr]) -> Keeper {
        let temporary = env::temp_dir();
        let parent = if temporary.as_os_str().len() <= LONGEST { &temporary } else { Path::new("/tmp") };
        let mut command = Command::new("sh");
        command.args(["-c", script, "keeper"]).arg(parent).args(arguments);
        // An interrupt that is typed goes to the whole group of the test's process.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        // What the caller's own environment says of PostgreSQL is meant for other servers.
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(name);
        }
        if let Some(User { id, group }) = User::of_servers() {
            command.uid(id).gid(group).env("HOME", "/").current_dir("/");
        }
        let mut shell = command.spawn().expect("the shell `sh`");
        let commands = shell.stdin.take();
        let mut answers = BufReader::new(shell.stdout.take().expect("a pipe"));
        let mut folder = String::new();
        answers.read_line(&mut folder).expect("the path of the server's folder");
        let folder = PathBuf::from(folder.trim_end());
        assert!(folder.is_absolute(), "no folder can be made in {}", parent.display());
        Keeper { shell, commands, answers, folder }
    }

    /// Returns the server's folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Lets the shell run a command, and returns whether it succeeded.
    pub(super) fn run(&mut self, command: &str) -> bool {
        let commands = self.commands.as_mut().expect("the pipe is closed at the end only");
        writeln!(commands, "{command}").expect("the shell reads");
        let mut status = String::new();
        self.answers.read_line(&mut status).expect("the shell answers");
        status.trim_end() == "0"
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.commands = None;
        let _ = self.shell.wait();
    }
}
