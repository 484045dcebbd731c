//! The hooks of an application: what SQLite calls when rows change, transactions end, and
//! statements are compiled.
//!
//! A connection has one hook of a kind. The library has uses of its own for some, so that it sets
//! them all and calls those of the application from there.

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

/// The hooks that the builder was given.
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
    /// What a hook has panicked with in the transaction, or that one has refused its commit.
    failure: Arc<Mutex<Option<Error>>>,
    /// That an authorizer does not allow what is compiled.
    denied: Arc<Mutex<Option<Error>>>,
}

impl ConnectionHooks {
    pub(super) fn new(hooks: &Hooks) -> ConnectionHooks {
        ConnectionHooks { hooks: Arc::new(hooks.clone()), failure: Arc::default(), denied: Arc::default() }
    }

    /// Sets the hooks for changes and the ends of transactions. Others that were set go, but for a
    /// commit hook where none is needed here.
    pub(super) fn set(&self, raw: &Connection) -> Result<()> {
        self.set_update_hook(raw)?;
        self.set_rollback_hook(raw).map_err(typed)?;
        if self.hooks.on_update.is_empty() && self.hooks.on_commit.is_empty() {
            return Ok(());
        }
        let own = self.clone();
        raw.commit_hook(Some(move || own.refuses_commit())).map_err(typed)
    }

    /// Has nothing but the application's hooks called for changes.
    pub(super) fn set_update_hook(&self, raw: &Connection) -> Result<()> {
        if self.hooks.on_update.is_empty() {
            return raw.update_hook(None::<fn(Action, &str, &str, i64)>).map_err(typed);
        }
        self.set_update_hook_beside(raw, |_, _| ())
    }

    /// Has `own` called for each change too, with what was done and the number of the row.
    pub(super) fn set_update_hook_beside(
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

    /// Has nothing but the application's hooks called for rollbacks.
    pub(super) fn set_rollback_hook(&self, raw: &Connection) -> rusqlite::Result<()> {
        if self.hooks.on_rollback.is_empty() {
            return raw.rollback_hook(None::<fn()>);
        }
        self.set_rollback_hook_beside(raw, || ())
    }

    /// Has `own` called for each rollback too.
    pub(super) fn set_rollback_hook_beside(
        &self,
        raw: &Connection,
        own: impl Fn() + Send + 'static,
    ) -> rusqlite::Result<()> {
        let hooks = Arc::clone(&self.hooks);
        raw.rollback_hook(Some(move || {
            own();
            for hook in &hooks.on_rollback {
                // There is nothing left to be undone.
                drop(caught(|| hook()));
            }
        }))
    }

    /// Asks the hooks whether a transaction is not to be committed.
    fn refuses_commit(&self) -> bool {
        // A change was told to a hook that has panicked.
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

    /// Something is compiled next.
    pub(super) fn begin_to_compile(&self) {
        if !self.hooks.authorizers.is_empty() {
            lock(&self.denied).take();
        }
    }

    /// Asks whether a statement may do this. The first that denies it decides; else the first that
    /// has it ignored.
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

    /// That an authorizer has not allowed what was compiled last, for which SQLite has several
    /// codes; once. `error` is what SQLite said.
    pub(super) fn denied(&self, error: rusqlite::Error) -> Error {
        match lock(&self.denied).take() {
            Some(denied) => {
                let words = error.to_string();
                denied.with_remark(&words).with_source(error)
            }
            None => typed(error),
        }
    }

    /// Forgets that a hook has failed: what it was called for is undone, or was told.
    pub(super) fn forget(&self) {
        if !self.is_idle() {
            lock(&self.failure).take();
        }
    }

    /// Puts what a hook said in place of the error that SQLite made of it.
    pub(super) fn explain(&self, error: Error) -> Error {
        if self.is_idle() || *error.kind() != ErrorKind::Denied {
            return error;
        }
        match lock(&self.failure).take() {
            Some(failure) => failure.with_source(error),
            None => error,
        }
    }

    /// Whether there is no hook.
    fn is_idle(&self) -> bool {
        let Hooks { on_update, on_commit, on_rollback, authorizers } = &*self.hooks;
        on_update.is_empty() && on_commit.is_empty() && on_rollback.is_empty() && authorizers.is_empty()
    }
}

impl fmt::Debug for ConnectionHooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConnectionHooks")
    }
}
