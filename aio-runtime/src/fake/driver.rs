//! The driver of the fake database, which follows a script.

use std::any::Any;
use std::panic::resume_unwind;
use std::sync::Arc;

use super::answer::{Answer, Failure};
use super::gate::Place;
use super::script::Script;
use super::{DIALECT, TRANSACTION_MODES};
use crate::engine::{Driver, RowSink, ScriptKind, Stopper, TransactionKind};
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;
use crate::sql::RowsToInsert;
use crate::value::Param;

pub(super) struct FakeDriver {
    script: Arc<Script>,
    number: usize,
    stopper: Arc<Stopper>,
    in_transaction: bool,
    /// The numbers of the open savepoints, each with the number of writes that the transaction had
    /// made before it was set.
    savepoints: Vec<(u64, usize)>,
    /// The writes of the open transaction.
    written: Vec<String>,
    /// Whether an error has made the transaction unusable, or its innermost savepoint.
    has_failed: bool,
    is_lost: bool,
    is_pristine: bool,
}

impl FakeDriver {
    /// Opens a connection.
    pub(super) fn open(script: &Arc<Script>) -> Result<FakeDriver> {
        let interrupted = Arc::clone(script);
        let stopper = Arc::new(Stopper::new(move || interrupted.interrupt()));
        script.pass(&"open".into(), &stopper)?;
        fail(script.answer("open").failure)?;
        Ok(FakeDriver {
            script: Arc::clone(script),
            number: script.count_opened(),
            stopper,
            in_transaction: false,
            savepoints: Vec::new(),
            written: Vec::new(),
            has_failed: false,
            is_lost: false,
            is_pristine: true,
        })
    }

    /// Runs a step with its scripted answer. `body` does the work of the step, before a scripted
    /// failure happens.
    fn step(&mut self, text: &str, body: impl FnOnce(&mut FakeDriver, &Answer) -> Result<()>) -> Result<Answer> {
        let number = self.script.log_step(self.number, text);
        let result = self.take(number, text, body);
        if let Err(error) = &result {
            if matches!(error.kind(), ErrorKind::Disconnected | ErrorKind::OutcomeUnknown) {
                self.is_lost = true;
                self.set_in_transaction(false);
            }
            self.has_failed = self.in_transaction && self.script.fails_transactions();
            self.script.log_failure(self.number, error.kind().clone());
        }
        result
    }

    fn take(
        &mut self,
        number: usize,
        text: &str,
        body: impl FnOnce(&mut FakeDriver, &Answer) -> Result<()>,
    ) -> Result<Answer> {
        if self.is_lost {
            return Err(Error::new(ErrorKind::Disconnected, "the connection was lost before"));
        }
        if self.has_failed && !text.starts_with("rollback") {
            return Err(Error::new(ErrorKind::RolledBack, "the transaction has failed"));
        }
        let answer = self.script.answer(text);
        let passed = self
            .script
            .pass(&Place::Nth(number), &self.stopper)
            .and_then(|()| self.script.pass(&text.into(), &self.stopper))
            .and_then(|()| body(self, &answer));
        if let Err(error) = passed {
            if answer.stop_ends_transaction && *error.kind() == ErrorKind::Interrupted {
                self.set_in_transaction(false);
            }
            return Err(error);
        }
        if let Some(open) = answer.leaves_transaction {
            self.set_in_transaction(open);
        }
        if answer.failure.as_ref().is_some_and(|failure| failure.kind.is_none()) {
            self.script.log_failure(self.number, ErrorKind::Panic);
        }
        fail(answer.failure.clone())?;
        Ok(answer)
    }

    /// Panics if the script says so for this method, which has no step in the log.
    fn scripted_panic(&self, function: &str) {
        // Of all scripted failures, only a panic has an effect here.
        let _ = fail(self.script.answer(function).failure);
    }

    fn set_in_transaction(&mut self, open: bool) {
        (self.in_transaction, self.has_failed) = (open, false);
        self.savepoints.clear();
        self.written.clear();
    }

    fn push_rows(&mut self, text: &str, answer: &Answer, rows: &mut dyn RowSink) -> Result<()> {
        let wide = "x".repeat(answer.width);
        rows.columns(&mut ["number", "text"].into_iter());
        let mut wanted = true;
        for row in 0..answer.rows {
            self.script.pass(&Place::Row(text.to_owned(), row), &self.stopper)?;
            if !wanted {
                continue;
            }
            rows.batch().push_integer(row as i64);
            rows.batch().push_text(wide.as_bytes());
            self.script.count_row();
            wanted = rows.end_row();
            if !wanted && is_read(text) {
                return Ok(());
            }
        }
        if let Some(Failure { values, .. }) = answer.failure {
            (0..values).for_each(|_| rows.batch().push_text(b"of a row that does not end"));
        }
        Ok(())
    }

    fn savepoint_place(&self, number: u64) -> Result<usize> {
        let place = self.savepoints.iter().rposition(|(savepoint, _)| *savepoint == number);
        place.ok_or_else(|| Error::new(ErrorKind::Sql, "there is no such savepoint"))
    }

    fn run(&mut self, text: &str, rows: &mut dyn RowSink) -> Result<Outcome, (usize, Error)> {
        let mut row = 0;
        let done = self.step(text, |driver, answer| {
            row = answer.failure.as_ref().map_or(0, |failure| failure.row);
            driver.push_rows(text, answer, rows)
        });
        let answer = done.map_err(|error| (row, error))?;
        match is_read(text) {
            true => {}
            false if self.in_transaction => self.written.push(text.to_owned()),
            false => self.script.log_committed([text.to_owned()]),
        }
        Ok(Outcome { rows_affected: answer.rows_affected, last_insert_id: None })
    }
}

fn is_read(text: &str) -> bool {
    text.starts_with("select")
}

fn fail(failure: Option<Failure>) -> Result<()> {
    match failure {
        None => Ok(()),
        Some(Failure { kind: Some(kind), .. }) => Err(Error::new(kind, "as the script says")),
        // `resume_unwind` does not call the panic hook, which would print a scripted panic.
        Some(Failure { kind: None, .. }) => resume_unwind(Box::new("as the script says")),
    }
}

impl Driver for FakeDriver {
    fn is_read(&mut self, text: &str, _: &[Param], _: bool) -> Result<bool> {
        self.scripted_panic("is_read");
        Ok(is_read(text))
    }

    fn execute(&mut self, text: &str, _: &[Param], _: bool, rows: &mut dyn RowSink) -> Result<Outcome> {
        self.is_pristine &= !text.starts_with("set");
        self.run(text, rows).map_err(|(_, error)| error)
    }

    fn insert(&mut self, inserted: &RowsToInsert, rows: &mut dyn RowSink) -> Result<Outcome, (Option<usize>, Error)> {
        let mut all = Outcome::default();
        for (_, statement, count) in inserted.runs() {
            let before = all.rows_affected as usize;
            all = self.run(&statement.text, rows).map_err(|(row, error)| (Some(before + row), error))?;
            all.rows_affected = (before + count) as u64;
        }
        Ok(all)
    }

    fn execute_script(&mut self, text: &str, _: &ScriptKind) -> Result<()> {
        self.step(text, |_, _| Ok(())).map(drop)
    }

    fn begin(&mut self, kind: TransactionKind) -> Result<()> {
        let is_supported = match kind {
            TransactionKind::Read | TransactionKind::Write => true,
            TransactionKind::Mode(mode) => TRANSACTION_MODES.contains(&mode),
            TransactionKind::WithoutForeignKeys | TransactionKind::Rebuild => false,
        };
        if !is_supported {
            return Err(Error::unsupported(DIALECT.name(), format!("transaction of the kind {kind:?}")));
        }
        self.step("begin", |driver, answer| {
            if driver.in_transaction {
                return Err(Error::new(ErrorKind::Sql, "a transaction is open"));
            }
            driver.set_in_transaction(answer.failure.is_none());
            Ok(())
        })
        .map(drop)
    }

    fn commit(&mut self) -> Result<()> {
        if self.has_failed {
            self.rollback()?;
            return Err(Error::new(ErrorKind::RolledBack, "the transaction has failed"));
        }
        self.step("commit", |driver, answer| {
            if answer.failure.is_none() {
                driver.script.log_committed(std::mem::take(&mut driver.written));
            }
            driver.set_in_transaction(false);
            Ok(())
        })
        .map(drop)
    }

    fn rollback(&mut self) -> Result<()> {
        self.scripted_panic("rollback, whatever is open");
        if !self.in_transaction {
            return Ok(());
        }
        self.step("rollback", |driver, answer| {
            if answer.failure.is_none() {
                driver.set_in_transaction(false);
            }
            Ok(())
        })
        .map(drop)
    }

    fn savepoint(&mut self, number: u64) -> Result<()> {
        self.step(&format!("savepoint {}", self.savepoints.len() + 1), |driver, answer| {
            if answer.failure.is_none() {
                driver.savepoints.push((number, driver.written.len()));
            }
            Ok(())
        })
        .map(drop)
    }

    fn release(&mut self, number: u64) -> Result<()> {
        let place = self.savepoint_place(number)?;
        self.step(&format!("release {}", place + 1), |driver, answer| {
            if answer.failure.is_none() {
                driver.savepoints.truncate(place);
            }
            Ok(())
        })
        .map(drop)
    }

    fn rollback_to(&mut self, number: u64) -> Result<()> {
        let place = self.savepoint_place(number)?;
        self.step(&format!("rollback to {}", place + 1), |driver, answer| {
            if answer.failure.is_none() {
                driver.written.truncate(driver.savepoints[place].1);
                driver.savepoints.truncate(place);
                driver.has_failed = false;
            }
            Ok(())
        })
        .map(drop)
    }

    fn in_transaction(&self) -> bool {
        self.scripted_panic("in_transaction");
        self.in_transaction
    }

    fn has_failed_transaction(&self) -> bool {
        self.has_failed
    }

    fn stopper(&self) -> Arc<Stopper> {
        Arc::clone(&self.stopper)
    }

    fn lend(&mut self, _: bool) -> Result<&mut dyn Any> {
        Err(Error::unsupported(DIALECT.name(), "connection to lend"))
    }

    fn is_unusable_after(&self, error: &Error) -> bool {
        self.scripted_panic("is_unusable_after");
        matches!(error.kind(), ErrorKind::Disconnected | ErrorKind::OutcomeUnknown)
    }

    fn is_pristine(&self) -> bool {
        self.is_pristine
    }

    fn take_cache_counts(&mut self) -> (u64, u64) {
        self.scripted_panic("take_cache_counts");
        (0, 0)
    }
}

impl Drop for FakeDriver {
    fn drop(&mut self) {
        self.script.count_dropped();
    }
}
