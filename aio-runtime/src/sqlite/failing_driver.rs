//! Tests of SQLite's admission and group commit with a driver that can fail at any value of any
//! row and panic in many of its methods. Everything else about drivers is tested with the fake
//! database.

#![allow(clippy::expect_used)]

use std::any::Any;
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::admission::{Shared, SqliteAdmission};
use super::reads::ActiveReads;
use super::{Checkpoint, FileCheck, Log, SqliteConnection};
use crate::engine::job::{Flow, Names, Part, Reply};
use crate::engine::queue::Queue;
use crate::engine::request::{Access, BeginOptions, Command, Request};
use crate::engine::{Driver, Name, RowSink, ScriptKind, Stopper, TransactionKind, TransactionMode, Worker};
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;
use crate::raw_row::Row;
use crate::row::ExpectedOf;
use crate::sql::RowsToInsert;
use crate::trace::Trace;
use crate::value::{Param, ValueRef};

/// A driver that returns the same rows for every statement, and fails at the place that the text
/// of the statement names, if it names one.
struct FailingDriver {
    rows: Vec<[i64; WIDTH]>,
    stopper: Arc<Stopper>,
    in_transaction: bool,
    /// The name of the method that panics; empty if none does.
    panics_in: Cell<&'static str>,
}

impl FailingDriver {
    #[allow(clippy::panic, reason = "one of the ways in which it fails")]
    fn comes_to(&self, function: &str) {
        if self.panics_in.get() == function {
            panic!("in `{function}`");
        }
    }
}

const WIDTH: usize = 3;

/// The place where a statement fails: before it pushes this column of this row. It fails with a
/// panic if `panics` is set, else with an error.
#[derive(Clone, Copy, Debug)]
struct Failure {
    row: usize,
    column: usize,
    panics: bool,
}

impl Failure {
    fn text(self) -> String {
        format!("{} {} {}", self.row, self.column, self.panics)
    }

    /// Parses the failure that a statement's text asks for. Returns `None` if it asks for none.
    fn of(text: &str) -> Option<Failure> {
        let mut words = text.split(' ');
        let mut number = || words.next()?.parse().ok();
        let (row, column) = (number()?, number()?);
        Some(Failure { row, column, panics: text.ends_with("true") })
    }
}

impl Driver for FailingDriver {
    fn is_read(&mut self, _: &str, _: &[Param], _: bool) -> Result<bool> {
        self.comes_to("is_read");
        Ok(true)
    }

    #[allow(clippy::panic, reason = "one of the ways in which it fails")]
    fn execute(&mut self, text: &str, _: &[Param], _: bool, rows: &mut dyn RowSink) -> Result<Outcome> {
        let failure = Failure::of(text);
        rows.columns(&mut ["a", "b", "c"].into_iter());
        for (number, row) in self.rows.iter().enumerate() {
            let batch = rows.batch();
            for (column, value) in row.iter().enumerate() {
                match failure.filter(|failure| (failure.row, failure.column) == (number, column)) {
                    Some(Failure { panics: true, .. }) => panic!("in the middle of a row"),
                    Some(_) => return Err(Error::new(ErrorKind::Other, "in the middle of a row")),
                    None => batch.push_integer(*value),
                }
            }
            if !rows.end_row() {
                break;
            }
        }
        Ok(Outcome::default())
    }

    fn insert(&mut self, inserted: &RowsToInsert, rows: &mut dyn RowSink) -> Result<Outcome, (Option<usize>, Error)> {
        let text = inserted.first_statement().map_or("", |statement| &statement.text);
        self.execute(text, &[], false, rows).map_err(|error| (Some(0), error))
    }

    fn execute_script(&mut self, _: &str, _: &ScriptKind) -> Result<()> {
        Ok(())
    }

    fn begin(&mut self, _: TransactionKind) -> Result<()> {
        self.comes_to("begin");
        self.in_transaction = true;
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        self.comes_to("commit");
        self.in_transaction = false;
        Ok(())
    }

    fn rollback(&mut self) -> Result<()> {
        self.in_transaction = false;
        self.comes_to("rollback");
        Ok(())
    }

    fn savepoint(&mut self, _: u64) -> Result<()> {
        Ok(())
    }

    fn release(&mut self, _: u64) -> Result<()> {
        Ok(())
    }

    fn rollback_to(&mut self, _: u64) -> Result<()> {
        Ok(())
    }

    fn in_transaction(&self) -> bool {
        self.comes_to("in_transaction");
        self.in_transaction
    }

    fn stopper(&self) -> Arc<Stopper> {
        Arc::clone(&self.stopper)
    }

    fn lend(&mut self, _: bool) -> Result<&mut dyn Any> {
        Err(Error::new(ErrorKind::Other, "it has no connection"))
    }

    fn is_unusable_after(&self, _: &Error) -> bool {
        self.comes_to("is_unusable_after");
        false
    }

    fn is_pristine(&self) -> bool {
        true
    }

    fn take_cache_counts(&mut self) -> (u64, u64) {
        self.comes_to("take_cache_counts");
        (0, 0)
    }
}

impl SqliteConnection for FailingDriver {
    fn check_files(&mut self, _: FileCheck) -> Result<()> {
        self.comes_to("check_files");
        Ok(())
    }

    fn first_deferring<'a>(&mut self, _: impl Iterator<Item = Cow<'a, str>>) -> Option<usize> {
        self.comes_to("first_deferring");
        None
    }

    fn log_after_commit(&mut self) -> Option<Log> {
        self.comes_to("log_after_commit");
        None
    }

    fn log_file(&self) -> u64 {
        0
    }

    fn checkpoint(&mut self, _: Checkpoint, _: Duration) -> Result<()> {
        Ok(())
    }

    fn optimize(&mut self) {}
}

type FailingWorker = Worker<FailingDriver, SqliteAdmission>;

/// Creates a worker that the test calls on its own thread. Every statement returns `rows` rows,
/// whose first column is `first`.
fn worker(first: i64, rows: usize) -> FailingWorker {
    let rows = (0..rows as i64).map(|row| [first, row, -row]).collect();
    let driver =
        FailingDriver { rows, stopper: Arc::new(Stopper::new(|| ())), in_transaction: false, panics_in: Cell::new("") };
    let shared = Shared {
        write_lock: None,
        writer: Queue::of_one_connection(),
        reads: ActiveReads::new(0),
        meters: Arc::default(),
        counters: Arc::default(),
        acquire_timeout: Duration::from_secs(1),
    };
    let name: Name = "a worker".into();
    let meter = shared.meters.add(&name);
    Worker::new(driver, SqliteAdmission::new(shared, &name, false), &name, meter, Duration::from_secs(1))
}

fn statement(text: &str, access: Access) -> Command {
    Command::Statement { text: text.into(), params: Vec::new(), sources: None, access, by_key: false }
}

fn request(command: Command) -> (Reply, Request) {
    let (reply, responder) = Reply::new(Flow::Collected, u64::MAX, Names::Wanted(ExpectedOf::<Row>::ROW), None);
    let trace = Trace::new("", None);
    let arrived = Instant::now();
    let request = Request { command, responder, transaction: 0, arrived, trace, runs_alone: false, only_reads: false };
    (reply, request)
}

/// Returns the rows of a complete answer, or the error with which the answer ends.
fn read(reply: &Reply) -> Result<Vec<[i64; WIDTH]>> {
    let mut rows = Vec::new();
    loop {
        let Poll::Ready(part) = reply.poll(&mut Context::from_waker(Waker::noop())) else {
            return Err(Error::usage("the answer does not end"));
        };
        match part? {
            Part::Rows(batch) => {
                let mut at = 0;
                for _ in 0..batch.rows() {
                    let mut row = [0; WIDTH];
                    for value in &mut row {
                        *value = match batch.read(&mut at)? {
                            ValueRef::Integer(value) => value,
                            other => return Err(Error::usage(format!("{other:?} is no integer"))),
                        };
                    }
                    rows.push(row);
                }
                reply.recycle(batch);
            }
            Part::Columns(_) | Part::Step(_) => {}
            Part::End(_) => return Ok(rows),
        }
    }
}

/// A number of rows that fills several batches.
const MANY: usize = 2000;

/// Returns failures at each value of a small result and at some values of a large one, each with
/// the number of rows of the result. Each is returned twice: with an error and with a panic.
fn failures() -> impl Iterator<Item = (usize, Failure)> {
    let small = (0..4).map(|row| (4, row));
    let large = [0, 1, 150, 151, 300, MANY - 1].into_iter().map(|row| (MANY, row));
    small.chain(large).flat_map(|(rows, row)| {
        let failure = move |column, panics| (rows, Failure { row, column, panics });
        (0..WIDTH).flat_map(move |column| [false, true].map(|panics| failure(column, panics)))
    })
}

#[test]
fn writes_that_share_a_commit_get_nothing_of_one_that_fails_in_the_middle_of_a_row() {
    let mut other = worker(2, 5);
    for (rows, failure) in failures() {
        let mut failing = worker(1, rows);
        // Enough requests to use every buffer in the pool of this thread.
        let send = || (0..9).map(|_| request(statement("", Access::Read))).collect::<Vec<_>>();
        // Fills the pool first: dropped requests return their buffers to it.
        drop(send());
        let text = failure.text();
        let sent = ["", &text, ""].map(|text| request(statement(text, Access::Write)));
        let (replies, mut requests): (Vec<_>, VecDeque<_>) = sent.into_iter().unzip();
        // A group may stop early and leave requests to the next one.
        while !requests.is_empty() {
            requests = failing.answer_group(requests);
        }
        let answers: Vec<_> = replies.iter().map(read).collect();
        assert!(answers[1].is_err());
        for answer in [&answers[0], &answers[2]] {
            assert_eq!(answer.as_ref().expect("rows"), &failing.driver.rows);
        }
        for (number, (reply, next)) in send().into_iter().enumerate() {
            let worker = if number % 2 == 0 { &mut other } else { &mut failing };
            worker.answer(next);
            assert_eq!(read(&reply).expect("rows"), worker.driver.rows, "after {failure:?}");
        }
    }
}

/// The methods in which the tests let the driver panic.
const FUNCTIONS: [&str; 10] = [
    "is_read",
    "begin",
    "commit",
    "rollback",
    "in_transaction",
    "check_files",
    "first_deferring",
    "is_unusable_after",
    "log_after_commit",
    "take_cache_counts",
];

/// Lets each method in `FUNCTIONS` panic while `ask` sends requests. Checks that these requests
/// are answered or fail, and that the worker then answers others as before.
fn check_panics(mut ask: impl FnMut(&mut FailingWorker) -> Vec<Reply>) {
    for function in FUNCTIONS {
        let mut worker = worker(1, 3);
        worker.driver.panics_in.set(function);
        let replies = ask(&mut worker);
        for reply in &replies {
            if let Err(error) = read(reply) {
                // `Other` is the kind of the error that the text of a statement asks for.
                let kinds = [ErrorKind::Panic, ErrorKind::RolledBack, ErrorKind::Other];
                assert!(kinds.contains(error.kind()), "`{function}`: {error}");
            }
        }
        worker.driver.panics_in.set("");
        assert!(!worker.driver.in_transaction(), "`{function}`: a transaction is open");
        for _ in 0..2 {
            let (reply, next) = request(statement("", Access::Write));
            worker.answer(next);
            assert_eq!(read(&reply).expect("rows"), worker.driver.rows, "after `{function}`");
        }
        worker.driver.panics_in.set("rollback");
        worker.stop();
    }
}

#[test]
fn a_panic_in_a_driver_fails_its_request_and_the_worker_survives() {
    for access in [Access::Read, Access::Write, Access::Unknown] {
        for text in ["", "1 1 false"] {
            check_panics(|worker| {
                let (reply, next) = request(statement(text, access));
                worker.answer(next);
                vec![reply]
            });
        }
    }
}

#[test]
fn a_panic_in_a_driver_fails_the_writes_of_its_group_and_the_worker_survives() {
    check_panics(|worker| {
        let sent = ["", "", ""].map(|text| request(statement(text, Access::Write)));
        let (replies, mut requests): (Vec<_>, VecDeque<_>) = sent.into_iter().unzip();
        for _ in 0..3 {
            requests = worker.answer_group(requests);
        }
        assert!(requests.is_empty(), "some are never answered");
        replies
    });
}

#[test]
fn a_panic_in_a_driver_ends_its_transaction_and_the_worker_survives() {
    let options = BeginOptions::new(TransactionMode::Immediate, std::panic::Location::caller());
    for commit in [false, true] {
        check_panics(|worker| {
            let end = if commit { Command::Commit { id: 1 } } else { Command::Rollback { id: 1 } };
            let commands = [(0, Command::Begin { id: 1, options }), (1, statement("", Access::Unknown)), (1, end)];
            for (transaction, command) in commands {
                let (reply, mut next) = request(command);
                next.transaction = transaction;
                worker.answer(next);
                let said = read(&reply).err().map(|error| error.kind().clone());
                let known = [ErrorKind::Panic, ErrorKind::RolledBack, ErrorKind::Closed];
                assert!(said.as_ref().is_none_or(|kind| known.contains(kind)), "{said:?}");
            }
            Vec::new()
        });
    }
}
