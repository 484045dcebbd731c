//! `aio-sql migrate rebase`

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::args::Rebase;
use crate::commands::Context;
use crate::error::{AtPath, Error, Exit, Result};
use crate::lint::{Rule, of_step};
use crate::replay::{self, Scratch};
use crate::steps::{Problem, Step};

/// Gives the steps of this branch the numbers after those of the other branch, and writes
/// `schema.sql` again.
pub(super) async fn run(context: &Context, arguments: &Rebase) -> Result<Exit> {
    let output = context.output;
    let mut steps = context.steps()?;
    if let Some(problem) = steps.problems.iter().find(|problem| matches!(problem, Problem::NoNumber(_))) {
        return Err(Error::new(problem.to_string()));
    }
    let git = Git { folder: steps.folder.clone() };
    let other = match &arguments.onto {
        Some(revision) => git.commit(revision).ok_or_else(|| Error::usage(format!("git knows no `{revision}`")))?,
        None => git.other_side()?,
    };
    let theirs = git.files(&other)?;
    let is_theirs = |step: &Step| step.path.file_name().is_some_and(|name| theirs.contains(&*name.to_string_lossy()));
    let (their_steps, own): (Vec<Step>, Vec<Step>) = steps.list.iter().cloned().partition(is_theirs);
    let mut next = their_steps.last().map_or(1, |last| last.number + 1);
    let mut renumbered = Vec::new();
    for step in &own {
        let number = step.number.max(next);
        next = number + 1;
        let rest = step.name.trim_start_matches(|c: char| c.is_ascii_digit());
        let name = format!("{number:04}{rest}");
        let path = steps.folder.join(format!("{name}.sql"));
        renumbered.push(Step { number, name, path, ..step.clone() });
    }
    check(&context.scratch()?, &their_steps, &own).await?;
    let mut moved = Vec::new();
    // From the last one on, so that a name is free when a file gets it.
    for (step, new) in own.iter().zip(&renumbered).rev().filter(|(step, new)| step.name != new.name) {
        fs::rename(&step.path, &new.path).at_path("rename", &step.path)?;
        moved.push((step.name.clone(), new.name.clone()));
    }
    moved.reverse();
    steps = context.steps()?;
    let is_written = replay::write_schema(&context.scratch()?, &mut steps).await?;
    for (from, to) in &moved {
        output.line(format!("{from} is now {to}"));
    }
    if moved.is_empty() {
        output.line("the steps of this branch have the last numbers already");
    }
    if is_written {
        output.line("schema.sql is written");
    }
    let moved: Vec<_> = moved.iter().map(|(from, to)| json!({ "from": from, "to": to })).collect();
    output.json(&json!({ "moved": moved, "schema": is_written }));
    Ok(Exit::Success)
}

/// Checks that the steps of this branch run after those of the other one, and lose no data except
/// on purpose: a rebuild that was written before the other branch added a column to the table
/// would drop that column.
async fn check(scratch: &Scratch, theirs: &[Step], own: &[Step]) -> Result<()> {
    let mut all = theirs.to_vec();
    let mut before = replay::schema(scratch, &all).await?;
    for step in own {
        all.push(step.clone());
        let again = |error: Error| {
            error.at(format_args!("{} does not fit the steps of the other branch", step.name)).help(format!(
                "delete {}, and plan it again: `aio-sql migrate diff`",
                step.path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default()
            ))
        };
        let after = replay::schema(scratch, &all).await.map_err(again)?;
        let lost = of_step(&step.name, &step.text, &before, &after)?;
        if let Some(lost) = lost.iter().find(|finding| finding.rule == Rule::DataLoss) {
            return Err(again(Error::new(lost.text.split(": write").next().unwrap_or_default())));
        }
        before = after;
    }
    Ok(())
}

/// Runs git in the folder of the steps.
struct Git {
    folder: PathBuf,
}

impl Git {
    /// Runs git. Returns what it wrote, or `None` if it failed.
    fn run(&self, arguments: &[&str]) -> Option<String> {
        let output =
            Command::new("git").current_dir(&self.folder).args(arguments).stdin(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn commit(&self, revision: &str) -> Option<String> {
        self.run(&["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")])
    }

    /// Returns the commit of the other branch: the one that is being merged, or onto which this
    /// branch is being rebased, or else the upstream or main branch that is not at HEAD.
    fn other_side(&self) -> Result<String> {
        let folder = self.run(&["rev-parse", "--absolute-git-dir"]).ok_or_else(|| {
            Error::new(format!("{} is in no repository of git", self.folder.display()))
                .help("give the files of your steps the next numbers by hand, then run `aio-sql migrate check --write`")
        })?;
        let read = |name: &str| fs::read_to_string(Path::new(&folder).join(name)).ok();
        let in_progress = ["rebase-merge/onto", "rebase-apply/onto", "MERGE_HEAD"].iter().find_map(|name| read(name));
        if let Some(commit) = in_progress {
            return Ok(commit.lines().next().unwrap_or_default().to_owned());
        }
        let head = self.commit("HEAD");
        let branches = ["@{upstream}", "origin/HEAD", "origin/main", "origin/master", "main", "master"];
        let other =
            branches.iter().filter_map(|branch| self.commit(branch)).find(|commit| Some(commit) != head.as_ref());
        other.ok_or_else(|| {
            Error::usage("it is not certain which steps are those of the other branch").help("name it: `--onto main`")
        })
    }

    /// Returns the names of the files that the folder of the steps has in a commit.
    fn files(&self, commit: &str) -> Result<BTreeSet<String>> {
        let listed = self.run(&["ls-tree", "--name-only", commit, "./"]);
        let listed = listed.ok_or_else(|| Error::new(format!("git cannot list the files of {commit}")))?;
        let name = |line: &str| Path::new(line).file_name().map(|name| name.to_string_lossy().into_owned());
        Ok(listed.lines().filter_map(name).collect())
    }
}
