//! The row locks of a SELECT as plain data.

use crate::schema::TableDef;

/// The locks that a SELECT takes on the rows that it returns, until the end of the transaction.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RowLock {
    pub(crate) strength: LockStrength,
    /// The tables whose rows are locked, each with its alias; empty for all tables of the query.
    pub(crate) tables: Vec<LockedTable>,
    pub(crate) wait: LockWait,
}

/// A table whose rows are locked, with the alias by which the query reads it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LockedTable {
    pub(crate) table: &'static TableDef,
    pub(crate) alias: Option<&'static str>,
}

/// Which other transactions a row lock keeps out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LockStrength {
    /// FOR UPDATE: those that change, delete or lock the row.
    Update,
    /// FOR NO KEY UPDATE: those that change, delete or lock the row, except by FOR KEY SHARE.
    NoKeyUpdate,
    /// FOR SHARE: those that change or delete the row, or lock it for an update.
    Share,
    /// FOR KEY SHARE: those that delete the row, change its key, or lock it for an update.
    KeyShare,
}

/// What a query does with a row that another transaction has locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LockWait {
    /// Waits until the other transaction ends.
    Wait,
    /// SKIP LOCKED: leaves the row out.
    Skip,
    /// NOWAIT: fails.
    Fail,
}

impl LockStrength {
    /// Returns the words of SQL.
    pub(crate) fn words(self) -> &'static str {
        match self {
            LockStrength::Update => "FOR UPDATE",
            LockStrength::NoKeyUpdate => "FOR NO KEY UPDATE",
            LockStrength::Share => "FOR SHARE",
            LockStrength::KeyShare => "FOR KEY SHARE",
        }
    }

    /// Returns the name of the method that asks for the lock.
    pub(crate) fn method(self) -> &'static str {
        match self {
            LockStrength::Update => "for_update",
            LockStrength::NoKeyUpdate => "for_no_key_update",
            LockStrength::Share => "for_share",
            LockStrength::KeyShare => "for_key_share",
        }
    }
}

impl PartialEq for LockedTable {
    fn eq(&self, other: &LockedTable) -> bool {
        self.table.is(other.table) && self.alias == other.alias
    }
}
