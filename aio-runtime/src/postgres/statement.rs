//! The prepared statements of a connection.

use std::collections::HashMap;
use std::sync::Arc;

use super::by_key::ByKey;
use super::message::Column;
use super::oid::{self, Oid};
use crate::error::Result;
use crate::row::{Declared, Expected};

/// A statement that the server has prepared.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) text: Box<str>,
    /// Its name on the server; empty if its text is sent anew each time.
    pub(super) name: String,
    pub(super) parameters: Vec<Oid>,
    pub(super) columns: Vec<Column>,
    /// How it reads the rows of several keys, if it is a read by a key.
    pub(super) by_key: Option<ByKey>,
}

impl Statement {
    /// Returns whether each execution tells the columns again: the text is sent anew, and the
    /// tables may have changed since it was described.
    pub(super) fn is_described_again(&self) -> bool {
        self.name.is_empty() && !self.columns.is_empty()
    }

    /// Checks that its rows can be read as expected.
    ///
    /// # Errors
    /// An error that reading would cause for every row, whatever its values are.
    pub(super) fn check(&self, expected: &Expected) -> Result<()> {
        let declared = |column: &Column| {
            // The server knows the types of expressions, too. But that of NULL is text.
            let is_of_table = column.table != 0;
            Declared {
                name: column.name.clone(),
                ty: oid::name(column.ty).filter(|_| is_of_table).map(str::to_owned),
                class: column.decoder.class().filter(|_| is_of_table),
            }
        };
        let columns: Vec<_> = self.columns.iter().map(declared).collect();
        expected.check(&columns, || vec![true; columns.len()])
    }
}

/// The statements that a connection has prepared, by their texts.
#[derive(Debug)]
pub(super) struct Statements {
    known: HashMap<Box<str>, Known>,
    /// The maximum number of statements.
    capacity: usize,
    /// Counts the uses, to find the statement that was used longest ago.
    clock: u64,
    /// Makes the names of statements unique.
    next: u64,
    /// The names of statements that were removed and that the server still has.
    removed: Vec<String>,
    hits: u64,
    misses: u64,
}

#[derive(Debug)]
struct Known {
    statement: Arc<Statement>,
    used: u64,
}

impl Statements {
    pub(super) fn new(capacity: usize) -> Statements {
        let (known, removed) = Default::default();
        Statements { known, capacity, clock: 0, next: 0, removed, hits: 0, misses: 0 }
    }

    /// Returns whether any statement is kept.
    pub(super) fn has_capacity(&self) -> bool {
        self.capacity > 0
    }

    /// Returns the prepared statement with this text, if there is one.
    pub(super) fn get(&mut self, text: &str) -> Option<Arc<Statement>> {
        self.clock += 1;
        let found = self.known.get_mut(text);
        match found {
            Some(known) => {
                known.used = self.clock;
                self.hits += 1;
                Some(Arc::clone(&known.statement))
            }
            None => None,
        }
    }

    /// Returns a name for the next statement.
    pub(super) fn next_name(&mut self) -> String {
        self.next += 1;
        format!("aio_sql_{}", self.next)
    }

    /// Adds a statement, and removes the one that was used longest ago if there are too many.
    pub(super) fn insert(&mut self, text: &str, statement: &Arc<Statement>) {
        self.misses += 1;
        if self.capacity == 0 {
            self.removed.push(statement.name.clone());
            return;
        }
        if self.known.len() >= self.capacity {
            let oldest = self.known.iter().min_by_key(|(_, known)| known.used);
            if let Some(oldest) = oldest.map(|(text, _)| text.clone()) {
                self.remove_text(&oldest);
            }
        }
        self.known.insert(text.into(), Known { statement: Arc::clone(statement), used: self.clock });
    }

    /// Removes a statement, which has to be closed on the server.
    pub(super) fn remove(&mut self, statement: &Arc<Statement>) {
        let found = self.known.iter().find(|(_, known)| Arc::ptr_eq(&known.statement, statement));
        if let Some(text) = found.map(|(text, _)| text.clone()) {
            self.remove_text(&text);
        }
    }

    fn remove_text(&mut self, text: &str) {
        if let Some(known) = self.known.remove(text)
            && !known.statement.name.is_empty()
        {
            self.removed.push(known.statement.name.clone());
        }
    }

    /// Forgets a statement, for whichever types of values it was prepared.
    pub(super) fn forget(&mut self, text: &str) {
        let is_same =
            |known: &str| known.strip_prefix(text).is_some_and(|rest| matches!(rest.bytes().next(), None | Some(0)));
        let known: Vec<_> = self.known.keys().filter(|known| is_same(known)).cloned().collect();
        known.iter().for_each(|text| self.remove_text(text));
    }

    /// Records that a statement that was never inserted has to be closed on the server.
    pub(super) fn discard(&mut self, statement: Statement) {
        if !statement.name.is_empty() {
            self.removed.push(statement.name);
        }
    }

    /// Forgets all statements, which the server no longer has.
    pub(super) fn clear(&mut self) {
        self.known.clear();
        self.removed.clear();
    }

    /// Returns the names of the removed statements, which have to be closed on the server.
    pub(super) fn take_removed(&mut self) -> Vec<String> {
        std::mem::take(&mut self.removed)
    }

    /// Returns the number of hits and misses since the last call.
    pub(super) fn take_counts(&mut self) -> (u64, u64) {
        (std::mem::take(&mut self.hits), std::mem::take(&mut self.misses))
    }
}
