//! Runs statements, one at a time, and commits transactions.

use postgres_protocol::message::frontend;

use super::super::bind::{Bound, bind};
use super::super::error::ServerError;
use super::super::message;
use super::super::place::Place;
use super::answer::Answer;
use super::{Connection, Failure, Run, refuse_nul, unsendable};
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;
use crate::value::Param;

impl Connection {
    /// Runs a statement with its values, and pushes its rows.
    pub(in crate::postgres) fn execute(
        &mut self,
        text: &str,
        params: &[Param],
        is_raw: bool,
        run: &mut Run<'_>,
    ) -> Result<Outcome, Failure> {
        self.settle()?;
        let is_autocommit = !self.in_transaction();
        let result = self.execute_once(text, params, is_raw, run);
        match &result {
            // Such an error cannot come after the first row.
            Err(Failure::Server(error)) if self.forget_statements_after(error) && is_autocommit => {
                self.execute_once(text, params, is_raw, run)
            }
            _ => result,
        }
    }

    fn execute_once(
        &mut self,
        text: &str,
        params: &[Param],
        is_raw: bool,
        run: &mut Run<'_>,
    ) -> Result<Outcome, Failure> {
        let statement = self.prepare_expected(text, params, is_raw, run.rows.expected())?;
        let values = params.iter().map(|param| Ok(Bound::from(param)));
        self.check_stop()?;
        let deferred = self.write_deferred()?;
        let place = |index| if is_raw { None } else { Place::beside(text, index) };
        let bound = bind(&statement, values, false, place, &mut self.out)
            .and_then(|()| frontend::execute("", 0, &mut self.out).map_err(|error| unsendable(&error)));
        if let Err(error) = bound {
            self.out.clear();
            return Err(error.into());
        }
        frontend::sync(&mut self.out);
        self.begin_doubt(text);
        self.flush()?;
        if let Some(error) = self.read_deferred(deferred)? {
            self.deferred.clear();
            self.ready()?;
            return Err(Failure::Server(Box::new(error)));
        }
        self.deferred.clear();
        let mut answer = Answer::default();
        self.read_answer(&statement, run, &mut answer)?;
        if answer.has_other_columns {
            self.forget(&statement);
        }
        if let Some(error) = self.ready()? {
            answer.error.get_or_insert(error);
        }
        answer.into_result(run)
    }

    /// Runs a statement of the user without values whose rows are not wanted. Returns the number
    /// of rows that it has written.
    pub(in crate::postgres) fn run_statement(&mut self, text: &str) -> Result<u64, Failure> {
        refuse_nul(text)?;
        self.run_deferred()?;
        self.settle()?;
        self.check_stop()?;
        self.run_settled(text)
    }

    /// Runs a statement of the library without values whose rows are not wanted. A stop does not
    /// prevent it.
    pub(in crate::postgres) fn run(&mut self, text: &str) -> Result<(), Failure> {
        self.run_deferred()?;
        self.settle()?;
        self.run_settled(text).map(drop)
    }

    fn run_settled(&mut self, text: &str) -> Result<u64, Failure> {
        let mut rows = 0;
        frontend::query(text, &mut self.out).map_err(|error| unsendable(&error))?;
        self.begin_doubt(text);
        self.flush()?;
        loop {
            let message = self.message()?;
            match message.tag {
                message::READY => {
                    self.set_status(&message);
                    return Ok(rows);
                }
                message::COMMAND_COMPLETE => rows += message::rows_affected(self.content(&message)),
                message::ERROR => {
                    let error = ServerError::read(self.content(&message));
                    self.ready()?;
                    return Err(Failure::Server(Box::new(error)));
                }
                message::COPY_IN => {
                    frontend::copy_fail("a script cannot have the rows of COPY", &mut self.out)
                        .map_err(|error| unsendable(&error))?;
                    self.flush()?;
                }
                _ => {}
            }
        }
    }

    /// Commits the open transaction. `has_effect` says that this may change something.
    ///
    /// # Errors
    /// Fails if the transaction was not committed, or if that is not known.
    pub(in crate::postgres) fn commit(&mut self, has_effect: bool) -> Result<(), Failure> {
        self.settle()?;
        frontend::query("COMMIT", &mut self.out).map_err(|error| unsendable(&error))?;
        self.set_doubt(has_effect);
        self.flush()?;
        let mut was_rolled_back = false;
        loop {
            let message = self.message()?;
            let content = self.content(&message);
            match message.tag {
                message::COMMAND_COMPLETE => was_rolled_back = content.starts_with(b"ROLLBACK"),
                message::ERROR => {
                    let error = ServerError::read(content);
                    self.ready()?;
                    return Err(Failure::Server(Box::new(error)));
                }
                message::READY => {
                    self.set_status(&message);
                    break;
                }
                _ => {}
            }
        }
        match was_rolled_back {
            true => Err(Error::new(ErrorKind::RolledBack, "the server has rolled the transaction back").into()),
            false => Ok(()),
        }
    }
}
