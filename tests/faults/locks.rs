//! Writes while another process holds the lock of the file.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::Duration;
use std::{env, thread};

use super::fault::{Fault, under_shim};
use super::*;

/// Another process that holds the file's lock and has written a row. It commits when the test
/// tells it to.
struct Holder {
    process: Child,
    orders: ChildStdin,
    words: BufReader<ChildStdout>,
}

/// Not a test: this is the code of the other process, which the tests start.
#[test]
fn a_process_holds_the_lock_of_a_file() {
    let Some(path) = env::var_os("AIO_SQL_HOLD") else {
        return;
    };
    let raw = rusqlite::Connection::open(path).unwrap();
    raw.execute_batch("begin immediate; insert into entry (number, text) values (-1, 'theirs')").unwrap();
    println!("held");
    let mut order = String::new();
    std::io::stdin().read_line(&mut order).unwrap();
    assert_eq!(order, "commit\n");
    raw.execute_batch("commit").unwrap();
}

impl Holder {
    fn new(fault: &Fault) -> Holder {
        let mut command = shim::again("locks::a_process_holds_the_lock_of_a_file");
        command.env("AIO_SQL_HOLD", fault.path()).env_remove("LD_PRELOAD");
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a process");
        let orders = process.stdin.take().expect("a pipe");
        let mut words = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut line = String::new();
        while !line.ends_with("held\n") {
            line.clear();
            assert!(words.read_line(&mut line).expect("text") > 0, "it does not hold the lock");
        }
        Holder { process, orders, words }
    }

    fn commit(mut self) {
        self.orders.write_all(b"commit\n").expect("it listens");
        std::io::copy(&mut self.words, &mut std::io::sink()).expect("it ends");
        assert!(self.process.wait().expect("it ends").success());
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits until this process has requested the lock and not got it.
fn until_blocked(fault: &Fault) {
    while fault.blocked() == 0 {
        thread::yield_now();
    }
}

#[test]
fn a_lock_released_within_the_busy_timeout_causes_no_error() {
    under_shim(async |fault| {
        let mut ledger = Ledger::default();
        fault.database().await?.close().await?;
        // The busy timeout is longer than any test waits.
        let db = Database::builder(fault.path()).busy_timeout(Duration::from_secs(600)).open().await?;
        insert(&db, &mut ledger).await?;
        let holder = Holder::new(&fault);
        let tasks: Vec<_> = (0..20)
            .map(|task| {
                let db = db.clone();
                let mut own = Ledger { next: ledger.numbers(100).start, kept: Vec::new() };
                tokio::spawn(async move {
                    match task % 3 {
                        0 => insert(&db, &mut own).await?,
                        1 => insert_several(&db, &mut own).await?,
                        _ => transaction(&db, &mut own).await?,
                    }
                    Ok::<_, Error>(own)
                })
            })
            .collect();
        until_blocked(&fault);
        ledger.holds(&db, "readers are not in the way").await?;
        holder.commit();
        ledger.kept.push(-1);
        for task in tasks {
            ledger.kept.extend(task.await.unwrap()?.kept);
        }
        ledger.holds_when_closed(db, "closed").await
    });
}

#[test]
fn a_lock_held_longer_than_the_busy_timeout_is_busy_until_it_is_released() {
    under_shim(async |fault| {
        let mut ledger = Ledger::default();
        fault.database().await?.close().await?;
        let db = Database::builder(fault.path()).busy_timeout(Duration::from_millis(20)).open().await?;
        insert(&db, &mut ledger).await?;
        let conn = db.connect().await?;
        let holder = Holder::new(&fault);
        let is_busy = |answer: Result<()>| {
            let error = answer.unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::Busy, "{error:?}");
            assert!(error.is_transient());
        };
        for ex in [&*db, &*conn] {
            is_busy(insert(ex, &mut ledger).await);
            is_busy(insert_several(ex, &mut ledger).await);
            is_busy(transaction(ex, &mut ledger).await);
            ledger.holds(ex, "busy").await?;
        }
        let tasks: Vec<_> = (0..10).map(|_| tokio::spawn(Entry::insert(entry(-2)).execute(&db))).collect();
        for task in tasks {
            is_busy(task.await.unwrap().map(drop));
        }
        holder.commit();
        ledger.kept.push(-1);
        for ex in [&*db, &*conn] {
            insert(ex, &mut ledger).await?;
            insert_several(ex, &mut ledger).await?;
            transaction(ex, &mut ledger).await?;
        }
        drop(conn);
        ledger.holds_when_closed(db, "closed").await
    });
}

#[test]
fn the_lock_of_a_killed_process_is_free_and_its_write_is_gone() {
    under_shim(async |fault| {
        let mut ledger = Ledger::default();
        fault.database().await?.close().await?;
        let db = Database::builder(fault.path()).busy_timeout(Duration::from_secs(600)).open().await?;
        let holder = Holder::new(&fault);
        let numbers = ledger.numbers(1);
        let writing = tokio::spawn(Entry::insert(entry(numbers.start)).execute(&db));
        until_blocked(&fault);
        drop(holder);
        writing.await.unwrap()?;
        ledger.kept.extend(numbers);
        ledger.holds_when_closed(db, "closed").await
    });
}
