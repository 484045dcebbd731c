//! The steps that were run on a database, compared with those of the program.

use super::digest::Digest;
use super::directives::Replaced;
use super::steps::Step;
use crate::error::{Error, ErrorKind, Result};
use crate::executor::Executor;
use crate::sql::differs;
use crate::statement::query;

/// A step that was run on the database, or was recorded as if it had been.
pub(super) struct Applied<'h> {
    pub(super) name: &'h str,
    sql: &'h str,
}

/// The names and texts of the steps that were run on the database.
pub(super) struct History(Vec<(String, String)>);

impl History {
    /// Returns whether exactly the steps with this number and digest were run on the database. If
    /// not, it may still have steps of the same meaning.
    ///
    /// # Errors
    /// Fails if the database has no history, or one without digests.
    pub(super) async fn has_digest(ex: &Executor, count: usize, digest: Digest) -> Result<bool> {
        let found: Option<(i64, Option<i64>)> =
            query(ex.dialect().catalogue().digest_of_migrations).optional(ex).await?;
        // The number is compared too, so that a record which was deleted by hand is missed.
        Ok(found.is_some_and(|(recorded, of_all)| {
            usize::try_from(recorded) == Ok(count) && of_all == Some(digest.stored())
        }))
    }

    pub(super) async fn read(ex: &Executor) -> Result<History> {
        query(ex.dialect().catalogue().applied_migrations).all(ex).await.map(History)
    }

    /// Returns the steps, in their order.
    pub(super) fn steps(&self) -> Vec<Applied<'_>> {
        self.0.iter().map(|(name, sql)| Applied { name, sql }).collect()
    }
}

/// What is left to do on a database.
pub(super) struct Pending {
    /// The steps that replace steps which were run. Their records have to replace the records of
    /// these.
    pub(super) replacements: Vec<Replacement>,
    /// The index of the first step to run; the number of steps if all were run.
    pub(super) next: usize,
    /// Whether steps were run that follow those of the program.
    pub(super) has_newer: bool,
}

/// A step whose record replaces the records of others.
pub(super) struct Replacement {
    /// The index of the step.
    pub(super) step: usize,
    /// The names in the records that it replaces, in their order.
    pub(super) names: Vec<String>,
}

/// Compares the history of a database with the steps of the program.
pub(super) struct Comparison<'a> {
    pub(super) steps: &'a [Step<'a>],
    /// Whether the database may have steps that follow those of the program.
    pub(super) allows_newer: bool,
    /// The address of the database, for errors.
    pub(super) database: &'a str,
}

impl Comparison<'_> {
    /// Returns what is left to do.
    ///
    /// # Errors
    /// Fails if a step that was run differs from the program's step in the same place, and is not
    /// replaced by it; if it follows the program's last step and `allows_newer` is not set; or if
    /// only some of the steps that a step replaces were run.
    pub(super) fn pending(&self, applied: &[Applied<'_>]) -> Result<Pending> {
        let mut replacements = Vec::new();
        let mut rest = applied;
        for (index, step) in self.steps.iter().enumerate() {
            let Some((first, after)) = rest.split_first() else {
                return Ok(Pending { replacements, next: index, has_newer: false });
            };
            let has_name = first.name == step.migration.name;
            if has_name && !differs(first.sql, step.migration.sql) {
                rest = after;
                continue;
            }
            let replaced = rest.iter().take_while(|applied| step.replaces(applied.name)).count();
            if replaced > 0 {
                let names = rest[..replaced].iter().map(|applied| applied.name.to_owned()).collect();
                replacements.push(self.replacement(index, names)?);
                rest = &rest[replaced..];
            } else if has_name {
                return Err(self.changed(index));
            } else {
                return Err(self.misplaced(index, rest));
            }
        }
        match rest.first() {
            Some(newer) if !self.allows_newer => Err(self.newer(newer, applied.len() - rest.len())),
            newer => Ok(Pending { replacements, next: self.steps.len(), has_newer: newer.is_some() }),
        }
    }

    /// Returns the replacement of the steps `names`, which were run, by the step at `index`. Fails
    /// if a step that it names, alone or as an end of a range, was not run.
    fn replacement(&self, index: usize, names: Vec<String>) -> Result<Replacement> {
        let step = &self.steps[index];
        let was_run = |part: &Replaced| names.iter().any(|name| part.includes(name));
        let ends = step.directives.replaces.iter().flat_map(|part| match part {
            Replaced::Numbers(first, last) => vec![Replaced::Numbers(*first, *first), Replaced::Numbers(*last, *last)],
            name => vec![name.clone()],
        });
        let Some(missing) = ends.into_iter().find(|end| !was_run(end)) else {
            return Ok(Replacement { step: index, names });
        };
        let all = step.directives.replaces.iter().map(Replaced::to_string).collect::<Vec<_>>().join(", ");
        let run = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        Err(self.error(
            step.migration.name,
            format!(
                "the step {} replaces {all}, of which only {run} were run on the database, and {missing} was not: first \
                 run a version of the program that still has these steps",
                step.migration.label()
            ),
        ))
    }

    fn changed(&self, index: usize) -> Error {
        let step = self.steps[index].migration;
        let message = format!(
            "step {} {} was changed after it was run: undo the change, and add a new step instead",
            index + 1,
            step.label()
        );
        self.error(step.name, message)
    }

    /// Returns the error for the step at `index`, in whose place the database has the first step
    /// of `rest`.
    fn misplaced(&self, index: usize, rest: &[Applied<'_>]) -> Error {
        let (step, number, first) = (self.steps[index].migration, index + 1, &rest[0]);
        let label = step.label();
        let name = first.name;
        let here = self.steps[index..].iter().find(|step| step.migration.name == name);
        if let Some(here) = here {
            return match rest.iter().any(|applied| applied.name == step.name) {
                true => self.error(
                    name,
                    format!(
                        "step {number} was run as `{name}`, but is called {label} here, and `{name}` follows it: restore \
                         the order in which the steps were run"
                    ),
                ),
                false => self.error(
                    step.name,
                    format!(
                        "the step {label} was not run, although {}, which follows it, was: move the step to the end, by a \
                         higher number",
                        here.migration.label()
                    ),
                ),
            };
        }
        let is_missing = rest.iter().any(|applied| applied.name == step.name);
        let message = if is_missing {
            format!("step {number} `{name}` was run, but is missing here, before {label}: restore it")
        } else if !differs(first.sql, step.sql) {
            format!("step {number} was run as `{name}`, but is called {label} here: restore its name")
        } else {
            format!(
                "step {number} was run as `{name}`, but is called {label} here: restore the step `{name}`, and move the \
                 other one behind it, by a higher number"
            )
        };
        self.error(name, message)
    }

    fn newer(&self, newer: &Applied<'_>, place: usize) -> Error {
        let message = format!(
            "step {} `{name}` was run, but is missing here: run a version of the program that has it, or accept newer \
             databases with `Migrations::allow_newer`",
            place + 1,
            name = newer.name
        );
        self.error(newer.name, message)
    }

    fn error(&self, step: &str, message: String) -> Error {
        let kind = ErrorKind::Migration { step: step.to_owned() };
        Error::new(kind, format!("the migrations do not fit the database {}: {message}", self.database))
    }
}
