//! The commands `migrate …` as a user runs them.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

#[path = "migrate/branches.rs"]
mod branches;
#[path = "migrate/builds.rs"]
mod builds;
#[path = "migrate/existing.rs"]
mod existing;
#[path = "migrate/files.rs"]
mod files;
#[path = "cli/package.rs"]
#[allow(dead_code, reason = "other tests use more of it")]
mod package;
#[path = "migrate/server.rs"]
mod server;
#[path = "migrate/server_revert.rs"]
mod server_revert;
#[path = "migrate/server_steps.rs"]
mod server_steps;
#[path = "migrate/structs.rs"]
mod structs;
#[cfg(unix)]
#[path = "migrate/terminal.rs"]
mod terminal;

use aio_sql::rusqlite::Connection;
use package::Folder;

/// Returns what a query in a database of the folder answers, as one text.
fn text(folder: &Folder, db: &str, sql: &str) -> String {
    let db = Connection::open(folder.path(db)).unwrap();
    db.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap()
}

/// Returns the names of the files in the folder `migrations`.
fn files(folder: &Folder) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path("migrations")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
