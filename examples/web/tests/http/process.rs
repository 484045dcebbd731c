//! The service in a separate process.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::client::Client;

pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) client: Client,
}

impl Process {
    /// Starts the service over the database in a folder. At its first start, the service prints a
    /// token. Later starts need to be given that token.
    pub(crate) fn start(folder: &Path, token: Option<&str>) -> Process {
        Process::start_at(folder.join("tasks.db").to_str().unwrap(), folder, token)
    }

    /// Starts the service over the database at an address, in the same way.
    pub(crate) fn start_at(address: &str, folder: &Path, token: Option<&str>) -> Process {
        let mut child = Command::new(env!("CARGO_BIN_EXE_aio-sql-example-web"))
            .env("TASKS_DB", address)
            .env("TASKS_BACKUPS", folder.join("backups"))
            .env("TASKS_ADDRESS", "127.0.0.1:0")
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (address, told) = line.trim().strip_prefix("listening on http://").unwrap().split_once('/').unwrap();
        let token = token.unwrap_or_else(|| told.strip_prefix('#').unwrap());
        let client = Client::new(address.parse().unwrap(), token);
        Process { child, client }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
