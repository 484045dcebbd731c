//! A disk that fails or is full, and a file that is locked, damaged or moved: every answer says
//! truly whether the request took effect, nothing that was acknowledged is lost, and the database
//! works again when the fault has ended.
//!
//! A test that needs a failing disk runs its body in a child process, which is this binary under
//! the shim in `shim/`.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::ops::Range;
use std::path::Path;

use aio_sql::{Database, Error, ErrorKind, Executor, Result, Table, query, rusqlite};

mod shim;

#[path = "faults/damage.rs"]
mod damage;
#[path = "faults/disk_full.rs"]
mod disk_full;
#[path = "faults/fault.rs"]
mod fault;
#[path = "faults/groups.rs"]
mod groups;
#[path = "faults/locks.rs"]
mod locks;
#[path = "faults/moved.rs"]
mod moved;
#[path = "faults/refused_files.rs"]
mod refused_files;
#[path = "faults/single_calls.rs"]
mod single_calls;
#[path = "faults/threads.rs"]
mod threads;

#[derive(Table, Clone, Debug)]
struct Entry {
    #[column(primary_key, auto)]
    id: i64,
    // The column is not unique, so that a row that is written twice is noticed.
    number: i64,
    text: String,
}

fn entry(number: i64) -> NewEntry {
    NewEntry { number, text: "x".repeat(100) }
}

/// The numbers of the rows whose writes were acknowledged: exactly these rows have to exist.
#[derive(Default)]
struct Ledger {
    next: i64,
    kept: Vec<i64>,
}

impl Ledger {
    fn numbers(&mut self, count: i64) -> Range<i64> {
        self.next += count;
        self.next - count..self.next
    }

    fn note<T>(&mut self, numbers: Range<i64>, answer: &Result<T>) {
        if answer.is_ok() {
            self.kept.extend(numbers);
        }
    }

    /// Checks that exactly the acknowledged rows exist, each once.
    async fn holds(&self, ex: &Executor, when: &str) -> Result<()> {
        let mut found = Entry::select().columns(Entry::NUMBER).all(ex).await?;
        let mut kept = self.kept.clone();
        found.sort_unstable();
        kept.sort_unstable();
        if found != kept {
            let lost: Vec<_> = kept.iter().filter(|number| !found.contains(number)).collect();
            let refused: Vec<_> = found.iter().filter(|number| !kept.contains(number)).collect();
            let twice: Vec<_> = found.windows(2).filter(|two| two[0] == two[1]).map(|two| two[0]).collect();
            panic!("{when}: lost {lost:?}, there though an error was answered {refused:?}, twice {twice:?}");
        }
        Ok(())
    }

    /// Closes the database, opens its file again, and checks that exactly the acknowledged rows
    /// exist and that the file is intact.
    async fn holds_when_closed(&self, db: Database, when: &str) -> Result<()> {
        let path = db.path().to_owned();
        db.close().await?;
        let db = Database::open(&path).await?;
        self.holds(&db, when).await?;
        assert_eq!(query("pragma integrity_check").scalar::<String>(&db).await?, "ok", "{when}");
        db.close().await
    }
}

async fn insert(ex: &Executor, ledger: &mut Ledger) -> Result<()> {
    let numbers = ledger.numbers(1);
    let answer = Entry::insert(entry(numbers.start)).execute(ex).await.map(drop);
    ledger.note(numbers, &answer);
    answer
}

async fn insert_several(ex: &Executor, ledger: &mut Ledger) -> Result<()> {
    let numbers = ledger.numbers(60);
    let answer = Entry::insert_all(numbers.clone().map(entry)).execute(ex).await.map(drop);
    ledger.note(numbers, &answer);
    answer
}

async fn transaction(ex: &Executor, ledger: &mut Ledger) -> Result<()> {
    let numbers = ledger.numbers(4);
    let rows = numbers.clone();
    let answer = ex
        .transaction(|tx| async move {
            for number in rows {
                Entry::insert(entry(number)).execute(&tx).await?;
            }
            Ok(())
        })
        .await;
    ledger.note(numbers, &answer);
    answer
}

/// Returns the kind of an error or, for an error that says that a transaction is over, the kind of
/// its cause.
fn first_kind(error: &Error) -> ErrorKind {
    match error.kind() {
        ErrorKind::RolledBack => {
            let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<Error>());
            cause.expect("a cause").kind().clone()
        }
        kind => kind.clone(),
    }
}

/// Returns whether an error says that the disk is full. SQLite has no such error for the file with
/// the index of the write-ahead log: if this file cannot grow, SQLite reports an I/O error.
fn is_full(error: &Error) -> bool {
    let source = std::error::Error::source(error);
    let own = source.and_then(|cause| cause.downcast_ref::<Error>());
    let code = source.and_then(|cause| cause.downcast_ref::<rusqlite::ffi::Error>()).map(|error| error.extended_code);
    match (error.kind(), own) {
        (ErrorKind::Full, _) => true,
        (ErrorKind::RolledBack, Some(cause)) => is_full(cause),
        (ErrorKind::Io, _) => code == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE),
        _ => false,
    }
}
