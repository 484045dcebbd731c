//! The steps of a call of `migrate`, and the checks of them that need no database.

use std::collections::HashSet;

use super::digest::Digest;
use super::directives::Directives;
use super::migrations::StepFunction;
use super::{Migration, Migrations};
use crate::engine::Enforcement;
use crate::error::{Error, Result};

/// A step with what its directives say.
pub(super) struct Step<'a> {
    pub(super) migration: Migration<'a>,
    pub(super) directives: Directives,
    /// The function of a step that is written in Rust.
    pub(super) function: Option<StepFunction>,
    /// The digest of the steps up to this one.
    pub(super) digest: Digest,
}

impl Step<'_> {
    /// Returns what the database enforces while the step runs.
    pub(super) fn enforcement(&self) -> Enforcement {
        if !self.directives.rebuilds.is_empty() {
            Enforcement::Rebuild
        } else if self.migration.foreign_keys_off || self.directives.foreign_keys_off {
            Enforcement::WithoutForeignKeys
        } else {
            Enforcement::Full
        }
    }

    /// Returns whether the step replaces an earlier step with this name.
    pub(super) fn replaces(&self, step: &str) -> bool {
        self.directives.replaces.iter().any(|replaced| replaced.includes(step))
    }
}

/// Checks the steps, and reads their directives.
///
/// # Errors
/// A usage error if two steps have one name, a name or directive is wrong, or a function and the
/// step that it belongs to do not match.
pub(super) fn checked<'a>(migrations: &Migrations<'a>) -> Result<Vec<Step<'a>>> {
    let list = migrations.steps();
    let mut names = HashSet::with_capacity(list.len());
    for step in list {
        if !names.insert(step.name)
            && let Some(other) = list.iter().find(|other| other.name == step.name)
        {
            let (one, other) = (other.label(), step.label());
            let what = if one == other { one } else { format!("{one} and {other}") };
            return Err(Error::usage(format!(
                "two migration steps have one name, {what}: give the later one another name"
            )));
        }
        if step.name.contains('\0') {
            let name = step.name.escape_debug();
            return Err(Error::usage(format!(
                "the name of the migration step `{name}` contains a NUL character: remove it"
            )));
        }
    }
    for (at, (name, _)) in migrations.functions.iter().enumerate() {
        if !list.iter().any(|step| step.name == name) {
            let known = list.iter().map(|step| format!("`{}`", step.name)).collect::<Vec<_>>().join(", ");
            return Err(Error::usage(format!(
                "`Migrations::with` sets a function for the migration step `{name}`, but there is no such step: the steps \
                 are {known}"
            )));
        }
        if migrations.functions[..at].iter().any(|(other, _)| other == name) {
            return Err(Error::usage(format!(
                "`Migrations::with` sets two functions for the migration step `{name}`: call it once for each step"
            )));
        }
    }
    let mut before = Digest::NONE;
    let step = |migration: &Migration<'a>| {
        let step = with_function(migrations, *migration, before)?;
        before = step.digest;
        Ok(step)
    };
    list.iter().map(step).collect()
}

/// Returns a step with its directives and its function. `before` is the digest of the steps before
/// it.
fn with_function<'a>(migrations: &Migrations<'a>, migration: Migration<'a>, before: Digest) -> Result<Step<'a>> {
    let label = migration.label();
    let directives =
        Directives::read(migration.sql).map_err(|error| error.context(format_args!("migration step {label}")))?;
    let function = migrations.functions.iter().find(|(step, _)| step == migration.name);
    let contradicts = match &directives {
        Directives { no_transaction: false, .. } => None,
        Directives { is_rust: true, .. } => Some("rust"),
        Directives { rebuilds, .. } if !rebuilds.is_empty() => Some("rebuild"),
        Directives { foreign_keys_off: true, .. } => Some("foreign keys off"),
        _ => migration.foreign_keys_off.then_some("foreign keys off"),
    };
    if let Some(other) = contradicts {
        return Err(Error::usage(format!(
            "the migration step {label} cannot be both `no transaction` and `{other}`: make two steps of it"
        )));
    }
    match (directives.is_rust, function) {
        (true, None) => Err(Error::usage(format!(
            "the migration step {label} has the line `-- aio-sql: rust`, but no function: set it with \
             `Migrations::with({:?}, |tx| async move {{ … }})`",
            migration.name
        ))),
        (false, Some(_)) => Err(Error::usage(format!(
            "`Migrations::with` sets a function for the migration step {label}, which lacks the line `-- aio-sql: rust`: \
             add it as the first line"
        ))),
        (is_rust, function) => Ok(Step {
            migration,
            directives,
            function: function.map(|(_, function)| StepFunction::clone(function)),
            digest: before.with(migration.name, migration.sql, is_rust),
        }),
    }
}
