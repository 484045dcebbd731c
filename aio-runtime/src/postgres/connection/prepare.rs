//! Preparing the statements of a connection.

use std::sync::Arc;

use postgres_protocol::message::frontend;

use super::super::by_key::ByKey;
use super::super::domain::replace_domains;
use super::super::error::ServerError;
use super::super::inference;
use super::super::message;
use super::super::oid::Oid;
use super::super::statement::Statement;
use super::{Connection, Failure, Status, refuse_nul, unsendable};
use crate::error::Result;
use crate::row::Expected;
use crate::sql::{is_query, may_change_rows};
use crate::value::Param;

/// The savepoint of an attempt to prepare a statement.
const ATTEMPT: &str = "aio_sql_attempt";

impl Connection {
    /// Prepares a statement, unless it is prepared already.
    ///
    /// # Errors
    /// Fails if the server does not accept the statement.
    pub(in crate::postgres) fn prepare(&mut self, text: &str) -> Result<Arc<Statement>, Failure> {
        if let Some(statement) = self.statements.get(text) {
            return Ok(statement);
        }
        let statement = Arc::new(self.prepare_anew(text, &[])?);
        self.statements.insert(text, &statement);
        Ok(statement)
    }

    /// Returns a statement for its values if it is prepared already, and if it returns the columns
    /// that the caller will read.
    pub(in crate::postgres) fn prepared(
        &mut self,
        text: &str,
        params: &[Param],
        expected: Option<&Expected>,
    ) -> Option<Arc<Statement>> {
        let types = || params.iter().map(|param| inference::type_of(&param.into()));
        let mut statement = self.statements.get(text)?;
        if !inference::fits(&statement, types()) {
            statement = self.statements.get(&inference::key(text, &types().collect::<Vec<_>>()))?;
        }
        let fits = expected.is_none_or(|expected| statement.check(expected).is_ok());
        fits.then_some(statement)
    }

    /// Prepares a statement for its values, unless it is prepared already. `is_raw` says that it
    /// is the user's own SQL, in which the types of values may be unknown to the server.
    ///
    /// # Errors
    /// Fails if the server does not accept the statement.
    pub(in crate::postgres) fn prepare_with(
        &mut self,
        text: &str,
        params: &[Param],
        is_raw: bool,
    ) -> Result<Arc<Statement>, Failure> {
        let types = || params.iter().map(|param| inference::type_of(&param.into()));
        let statement = match self.statements.get(text) {
            Some(statement) => statement,
            None if is_raw && !params.is_empty() => return self.prepare_for(text, &types().collect::<Vec<_>>()),
            None => self.prepare(text)?,
        };
        match inference::fits(&statement, types()) {
            true => Ok(statement),
            false => self.prepare_for(text, &types().collect::<Vec<_>>()),
        }
    }

    /// Prepares a statement for its values, unless it is prepared already. Checks that a statement
    /// that may write returns the columns that the caller will read.
    ///
    /// # Errors
    /// Fails if the server does not accept the statement, or if its rows cannot be read.
    pub(in crate::postgres) fn prepare_expected(
        &mut self,
        text: &str,
        params: &[Param],
        is_raw: bool,
        expected: Option<&Expected>,
    ) -> Result<Arc<Statement>, Failure> {
        let statement = self.prepare_with(text, params, is_raw)?;
        let Some(expected) = expected else { return Ok(statement) };
        if is_query(text) && !may_change_rows(text) || statement.check(expected).is_ok() {
            return Ok(statement);
        }
        // The columns are those of the time when the statement was prepared. The table may have
        // others now.
        self.statements.remove(&statement);
        let statement = self.prepare_with(text, params, is_raw)?;
        statement.check(expected).map_err(|error| error.with_remark("the statement was not run"))?;
        Ok(statement)
    }

    /// Prepares a statement of the user with the columns that it has now: what is remembered of it
    /// may be older than its tables.
    ///
    /// # Errors
    /// Fails if the server does not accept the statement.
    pub(in crate::postgres) fn describe(&mut self, text: &str, params: &[Param]) -> Result<Arc<Statement>, Failure> {
        self.statements.forget(text);
        self.prepare_with(text, params, true)
    }

    /// Prepares a statement for values of these types, unless it is prepared already.
    fn prepare_for(&mut self, text: &str, values: &[Oid]) -> Result<Arc<Statement>, Failure> {
        let key = inference::key(text, values);
        if let Some(statement) = self.statements.get(&key) {
            return Ok(statement);
        }
        let in_transaction = self.in_transaction();
        if in_transaction {
            // An attempt that fails would end the transaction.
            self.defer(format!("SAVEPOINT {ATTEMPT}"));
        }
        let mut types = vec![inference::INFERRED; values.len()];
        let mut prepared: Option<Statement> = None;
        loop {
            let attempt = self.prepare_anew(text, &types);
            let further = match &attempt {
                Ok(statement) => inference::in_place_of_text(statement, &types, values),
                Err(failure) => inference::after_failure(failure, &types, values),
            };
            match attempt {
                Ok(statement) => {
                    if let Some(other) = prepared.replace(statement) {
                        self.statements.discard(other);
                    }
                }
                Err(failure) if self.is_lost || further.is_none() && prepared.is_none() => return Err(failure),
                Err(_) if in_transaction => self.run(&format!("ROLLBACK TO {ATTEMPT}"))?,
                Err(_) => {}
            }
            match further {
                Some(further) => types = further,
                None => break,
            }
        }
        if in_transaction {
            self.defer(format!("RELEASE {ATTEMPT}"));
        }
        // The loop ends only if a statement was prepared.
        let statement = Arc::new(prepared.ok_or_else(|| self.malformed())?);
        self.statements.insert(&key, &statement);
        Ok(statement)
    }

    /// Prepares a statement, with the given types of parameters. The server infers the types that
    /// are missing.
    fn prepare_anew(&mut self, text: &str, types: &[Oid]) -> Result<Statement, Failure> {
        refuse_nul(text)?;
        self.settle()?;
        self.check_stop()?;
        for name in self.statements.take_removed() {
            frontend::close(b'S', &name, &mut self.out).map_err(|error| unsendable(&error))?;
        }
        let deferred = self.write_deferred()?;
        // Types behind the last one that is given would count as parameters, also where the text
        // has none.
        let given = types.iter().rposition(|ty| *ty != inference::INFERRED).map_or(0, |last| last + 1);
        let name = if self.is_unnamed { String::new() } else { self.statements.next_name() };
        frontend::parse(&name, text, types[..given].iter().copied(), &mut self.out)
            .and_then(|()| frontend::describe(b'S', &name, &mut self.out))
            .map_err(|error| unsendable(&error))?;
        frontend::sync(&mut self.out);
        self.flush()?;
        let mut failed = self.read_deferred(deferred)?;
        self.deferred.clear();
        let (parameters, columns, by_key) = Default::default();
        let mut statement = Statement { text: text.into(), name, parameters, columns, by_key };
        loop {
            let message = self.message()?;
            let content = self.content(&message);
            match message.tag {
                message::PARAMETERS => match message::parameters(content) {
                    Some(parameters) => statement.parameters = parameters,
                    None => return Err(self.malformed().into()),
                },
                message::ROW_DESCRIPTION => match message::columns(content) {
                    Some(columns) => statement.columns = columns,
                    None => return Err(self.malformed().into()),
                },
                message::ERROR => failed = Some(ServerError::read(content)),
                message::READY => {
                    self.set_status(&message);
                    break;
                }
                message::PARSE_COMPLETE | message::NO_DATA | message::CLOSE_COMPLETE => {}
                _ => return Err(self.malformed().into()),
            }
        }
        if let Some(error) = failed {
            return Err(Failure::Server(Box::new(error)));
        }
        if let Err(error) = replace_domains(self, &mut statement.parameters) {
            self.statements.discard(statement);
            return Err(error.into());
        }
        statement.by_key = ByKey::of(text, &statement.parameters, &statement.columns);
        Ok(statement)
    }

    /// Returns the form of a statement for several keys if it is prepared. Otherwise the next call
    /// of [`prepare_merged`](Connection::prepare_merged) prepares it.
    pub(in crate::postgres) fn merged(&mut self, statement: &Statement) -> Option<Arc<Statement>> {
        let ByKey { text, .. } = statement.by_key.as_ref()?;
        match self.statements.get(text) {
            Some(merged) => ByKey::fits(statement, &merged).then_some(merged),
            None => {
                if !self.unmerged.contains(text) && !self.to_merge.contains(text) {
                    self.to_merge.push(text.clone());
                }
                None
            }
        }
    }

    /// Prepares the statements for several keys that [`merged`](Connection::merged) has missed. A
    /// lock of a table is waited for only as long as `limit`, a statement, lets it.
    pub(in crate::postgres) fn prepare_merged(&mut self, limit: &'static str) {
        for text in std::mem::take(&mut self.to_merge) {
            self.defer("BEGIN");
            self.defer(limit);
            let prepared = self.prepare(&text);
            self.forget_deferred();
            if self.is_lost {
                return;
            }
            if matches!(&prepared, Err(Failure::Server(error)) if !error.is_passing()) {
                self.unmerged.insert(text);
            }
            // If this fails, the connection is lost.
            if self.status != Status::Idle {
                drop(self.run("ROLLBACK"));
            }
        }
    }

    /// Makes [`merged`](Connection::merged) return `None` for a statement from now on.
    pub(in crate::postgres) fn forbid_merging(&mut self, statement: &Statement) {
        if let Some(ByKey { text, .. }) = &statement.by_key {
            self.statements.forget(text);
            self.unmerged.insert(text.clone());
        }
    }

    /// Forgets the prepared statements if they are why a statement has failed. Returns whether it
    /// can be run again.
    pub(in crate::postgres) fn forget_statements_after(&mut self, error: &ServerError) -> bool {
        // The server does not know the statements of the client, or knows others by their names:
        // a pooler has given its connection to somebody else.
        self.is_unnamed |= error.is_foreign_statement();
        let is_outdated =
            error.is_foreign_statement() || error.is_stale_plan() || self.is_unnamed && error.may_be_of_other_columns();
        if is_outdated || self.is_unnamed && error.may_be_of_other_types() {
            self.statements.clear();
        }
        is_outdated
    }
}
