//! The hooks of an application, which SQLite calls when rows change, when transactions end and
//! when statements are prepared.
//!
//! A SQLite connection has only one hook of each kind, and the library needs some of them itself.
//! The library therefore installs all hooks, and calls those of the application from them.

use std::fmt;
use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use rusqlite::hooks::{Action, AuthContext, Authorization};

use super::error::typed;
use crate::caught::caught;
use crate::engine::sync::lock;
use crate::error::{Error, ErrorKind, Result};

type OnUpdate = Arc<dyn Fn(Action, &str, &str, i64) + Send + Sync>;
type OnCommit = Arc<dyn Fn() -> bool + Send + Sync>;
type OnRollback = Arc<dyn Fn() + Send + Sync>;
type Authorizer = Arc<dyn Fn(&AuthContext<'_>) -> Authorization + Send + Sync>;

/// The hooks set with the builder.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) on_update: Vec<OnUpdate>,
    pub(crate) on_commit: Vec<OnCommit>,
    pub(crate) on_rollback: Vec<OnRollback>,
    pub(crate) authorizers: Vec<Authorizer>,
}

/// The hooks of one connection.
#[derive(Clone)]
pub(super) struct ConnectionHooks {
    hooks: Arc<Hooks>,
    /// The error of a hook for updates or commits that has panicked in the current transaction, or
    /// of a commit hook that has refused to commit it.
    failure: Arc<Mutex<Option<Error>>>,
    /// The error of the authorizer that denied the statement being prepared.
    denied: Arc<Mutex<Option<Error>>>,
}

impl ConnectionHooks {
    pub(super) fn new(hooks: &Hooks) -> ConnectionHooks {
        ConnectionHooks { hooks: Arc::new(hooks.clone()), failure: Arc::default(), denied: Arc::default() }
    }

    /// Installs the builder's hooks for changes, commits and rollbacks in place of those that a
    /// closure has set on the connection. A commit hook that a closure has set stays if the
    /// builder has no hooks for changes and commits.
    pub(super) fn set(&self, raw: &Connection) -> Result<()> {
        self.set_update_hook(raw)?;
        self.set_rollback_hook(raw).map_err(typed)?;
        if self.hooks.on_update.is_empty() && self.hooks.on_commit.is_empty() {
            return Ok(());
        }
        let own = self.clone();
        raw.commit_hook(Some(move || own.refuses_commit())).map_err(typed)
    }

    /// Installs an update hook that calls only the hooks of the builder. If there are none,
    /// removes the update hook.
    pub(super) fn set_update_hook(&self, raw: &Connection) -> Result<()> {
        if self.hooks.on_update.is_empty() {
            return raw.update_hook(None::<fn(Action, &str, &str, i64)>).map_err(typed);
        }
        self.set_update_hook_with(raw, |_, _| ())
    }

    /// Installs an update hook that calls `own`, with the action and the rowid, and then the hooks
    /// of the builder.
    pub(super) fn set_update_hook_with(
        &self,
        raw: &Connection,
        own: impl Fn(Action, i64) + Send + 'static,
    ) -> Result<()> {
        let ConnectionHooks { hooks, failure, .. } = self.clone();
        let hook = move |action: Action, schema: &str, table: &str, number: i64| {
            own(action, number);
            for hook in &hooks.on_update {
                if let Err(panic) = caught(|| hook(action, schema, table, number)) {
                    *lock(&failure) = Some(panic.into_error("the hook of `on_update`"));
                }
            }
        };
        raw.update_hook(Some(hook)).map_err(typed)
    }

    /// Installs a rollback hook that calls only the hooks of the builder. If there are none,
    /// removes the rollback hook.
    pub(super) fn set_rollback_hook(&self, raw: &Connection) -> rusqlite::Result<()> {
        if self.hooks.on_rollback.is_empty() {
            return raw.rollback_hook(None::<fn()>);
        }
        self.set_rollback_hook_with(raw, || ())
    }

    /// Installs a rollback hook that calls `own`, and then the hooks of the builder.
    pub(super) fn set_rollback_hook_with(
        &self,
        raw: &Connection,
        own: impl Fn() + Send + 'static,
    ) -> rusqlite::Result<()> {
        let hooks = Arc::clone(&self.hooks);
        raw.rollback_hook(Some(move || {
            own();
            for hook in &hooks.on_rollback {
                // A rollback cannot be prevented, so a panic of the hook has no effect.
                drop(caught(|| hook()));
            }
        }))
    }

    /// Returns whether the hooks refuse the commit of the transaction.
    fn refuses_commit(&self) -> bool {
        // An update hook has panicked in this transaction.
        if lock(&self.failure).is_some() {
            return true;
        }
        for hook in &self.hooks.on_commit {
            let refused = match caught(|| hook()) {
                Ok(true) => continue,
                Ok(false) => Error::new(ErrorKind::Denied, "a hook of `on_commit` has refused to commit"),
                Err(panic) => panic.into_error("the hook of `on_commit`"),
            };
            *lock(&self.failure) = Some(refused);
            return true;
        }
        false
    }

    /// Clears the error of an earlier statement that was denied, before another statement is
    /// prepared.
    pub(super) fn clear_denial(&self) {
        if !self.hooks.authorizers.is_empty() {
            lock(&self.denied).take();
        }
    }

    /// Asks the application's authorizers. The first authorizer that denies decides. If none
    /// denies, the first authorizer that ignores decides.
    pub(super) fn authorize(&self, context: &AuthContext<'_>) -> Authorization {
        let mut allowed = Authorization::Allow;
        for authorizer in &self.hooks.authorizers {
            let denied = match caught(|| authorizer(context)) {
                Ok(Authorization::Allow) => continue,
                Ok(Authorization::Deny) => Error::new(ErrorKind::Denied, "the authorizer does not allow it"),
                Ok(other) => {
                    allowed = if allowed == Authorization::Allow { other } else { allowed };
                    continue;
                }
                Err(panic) => panic.into_error("the authorizer"),
            };
            *lock(&self.denied) = Some(denied);
            return Authorization::Deny;
        }
        allowed
    }

    /// Converts the error of preparing a statement. If an authorizer has denied the statement,
    /// returns the authorizer's error, because SQLite reports a denial with different codes.
    pub(super) fn preparation_error(&self, error: rusqlite::Error) -> Error {
        match lock(&self.denied).take() {
            Some(denied) => {
                let message = error.to_string();
                denied.with_remark(&message).with_source(error)
            }
            None => typed(error),
        }
    }

    /// Forgets that a hook has failed. Called before a transaction, or a statement outside of one,
    /// begins, and after the connection was lent.
    pub(super) fn clear_failure(&self) {
        if !self.is_empty() {
            lock(&self.failure).take();
        }
    }

    /// If SQLite's error is due to a hook that has failed, returns the failure of the hook
    /// instead; otherwise returns the error as it is.
    pub(super) fn add_context(&self, error: Error) -> Error {
        if self.is_empty() || *error.kind() != ErrorKind::Denied {
            return error;
        }
        match lock(&self.failure).take() {
            Some(failure) => failure.with_source(error),
            None => error,
        }
    }

    /// Returns whether no hooks were set with the builder.
    fn is_empty(&self) -> bool {
        let Hooks { on_update, on_commit, on_rollback, authorizers } = &*self.hooks;
        on_update.is_empty() && on_commit.is_empty() && on_rollback.is_empty() && authorizers.is_empty()
    }
}

impl fmt::Debug for ConnectionHooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConnectionHooks")
    }
}
