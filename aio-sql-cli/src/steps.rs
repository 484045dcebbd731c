//! The folder `migrations`: the files of the steps, and `schema.sql`.

mod directives;
pub mod folders;
mod meaning;
mod schema_file;

use std::fs;
use std::path::{Path, PathBuf};

pub use directives::{Directives, Loss};
pub use meaning::hash;
pub use schema_file::{Owned, SCHEMA_FILE, SchemaFile};

use crate::error::{AtPath, Error, Result};

/// A step: a file such as `0002_slug.sql`.
#[derive(Clone, Debug)]
pub struct Step {
    /// The number at the beginning of the name.
    pub number: u64,
    /// The name of the file without `.sql`, by which a database records the step.
    pub name: String,
    /// The path of the file.
    pub path: PathBuf,
    /// The content of the file.
    pub text: String,
    /// What the directives say, which are comments at the beginning of the file.
    pub directives: Directives,
}

impl Step {
    /// Returns the hash of the step for the header of `schema.sql`. It changes with the statements
    /// of the step, and not with its comments and white space.
    pub fn hash(&self) -> String {
        hash(&self.text)
    }
}

/// The steps of a folder, in their order.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    /// The path of the folder. It need not exist.
    pub folder: PathBuf,
    /// The steps, sorted by number and name.
    pub list: Vec<Step>,
    /// `schema.sql`, if there is one.
    pub schema: Option<SchemaFile>,
    /// What is wrong with the folder.
    pub problems: Vec<Problem>,
}

/// What is wrong with a folder of steps. Reading the folder succeeds nevertheless, so that a
/// command can mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Two steps have the same number, as after two branches were merged.
    SameNumber {
        /// The name of the first step.
        first: String,
        /// The name of the second step.
        second: String,
    },
    /// A file contains the conflict markers of git.
    Conflict(PathBuf),
    /// The name of a file does not begin with a number and an underscore.
    NoNumber(PathBuf),
    /// `schema.sql` lists other steps than the folder has.
    OtherSteps,
    /// The step with this name was edited after `schema.sql` was written.
    Edited(String),
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Problem::SameNumber { first, second } => write!(f, "{first} and {second} have the same number"),
            Problem::Conflict(path) => write!(f, "{} has a conflict that git could not resolve", path.display()),
            Problem::NoNumber(path) => {
                write!(f, "the name of {} does not begin with a number: write `0001_name.sql`", path.display())
            }
            Problem::OtherSteps => write!(f, "{SCHEMA_FILE} does not list the steps of the folder"),
            Problem::Edited(step) => write!(f, "{step} was edited after {SCHEMA_FILE} was written"),
        }
    }
}

impl Steps {
    /// Reads a folder. A folder that does not exist has no steps.
    ///
    /// # Errors
    /// If a file cannot be read or is not UTF-8, or has an unknown directive.
    pub fn read(folder: &Path) -> Result<Steps> {
        let mut steps = Steps { folder: folder.to_owned(), ..Steps::default() };
        if !folder.is_dir() {
            return Ok(steps);
        }
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).at_path("read the folder", folder)? {
            let path = entry.at_path("read the folder", folder)?.path();
            if path.extension().is_some_and(|extension| extension == "sql") {
                paths.push(path);
            }
        }
        for path in paths {
            steps.add(path)?;
        }
        steps.list.sort_by(|one, other| (one.number, &one.name).cmp(&(other.number, &other.name)));
        let same = steps.list.windows(2).filter(|pair| pair[0].number == pair[1].number);
        let same = same.map(|pair| Problem::SameNumber { first: pair[0].name.clone(), second: pair[1].name.clone() });
        steps.problems.extend(same);
        if let Some(schema) = steps.schema.as_ref().filter(|schema| !schema.has_conflict) {
            steps.problems.extend(differences(&schema.steps, &steps.hashes()));
        }
        Ok(steps)
    }

    fn add(&mut self, path: PathBuf) -> Result<()> {
        let text = fs::read_to_string(&path).at_path("read", &path)?;
        if has_conflict(&text) {
            self.problems.push(Problem::Conflict(path.clone()));
        }
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if path.file_name().is_some_and(|name| name == SCHEMA_FILE) {
            self.schema = Some(SchemaFile::parse(&text));
            return Ok(());
        }
        let Some(number) = number(&name) else {
            self.problems.push(Problem::NoNumber(path));
            return Ok(());
        };
        let directives = Directives::read(&text).map_err(|error| error.at(path.display()))?;
        self.list.push(Step { number, name, path, text, directives });
        Ok(())
    }

    /// Returns the name and the hash of each step, as the header of `schema.sql` lists them.
    pub fn hashes(&self) -> Vec<(String, String)> {
        self.list.iter().map(|step| (step.name.clone(), step.hash())).collect()
    }

    /// Fails if the order of the steps is not certain, or a step has the markers of a conflict.
    /// A `schema.sql` with a conflict, or one that lists other steps, is no reason to fail: it is
    /// written again.
    ///
    /// # Errors
    /// If there is such a problem; the error says how to mend it.
    pub fn check_order(&self) -> Result<()> {
        let is_schema = |path: &Path| path.file_name().is_some_and(|name| name == SCHEMA_FILE);
        for problem in &self.problems {
            let help = match problem {
                Problem::SameNumber { .. } => {
                    "`aio-sql migrate rebase` gives the steps of your branch the next numbers".to_owned()
                }
                Problem::Conflict(path) if !is_schema(path) => {
                    format!("resolve the conflict in {}", path.display())
                }
                Problem::NoNumber(path) => format!("rename {}, or move it to another folder", path.display()),
                Problem::Conflict(_) | Problem::OtherSteps | Problem::Edited(_) => continue,
            };
            return Err(Error::new(problem.to_string()).help(help));
        }
        Ok(())
    }

    /// Returns the names of the steps.
    pub fn names(&self) -> Vec<&str> {
        self.list.iter().map(|step| step.name.as_str()).collect()
    }

    /// Returns whether `schema.sql` was written for other steps than those of the folder.
    pub fn has_outdated_schema(&self) -> bool {
        self.problems.iter().any(|problem| matches!(problem, Problem::OtherSteps | Problem::Edited(_)))
    }

    /// Returns the number of the next step.
    pub fn next_number(&self) -> u64 {
        self.list.last().map_or(1, |last| last.number + 1)
    }

    /// Returns the name of a new step, `0003_add_slug`, from what a user calls it.
    ///
    /// # Errors
    /// If no letter or digit is left of what the user calls it.
    pub fn new_name(&self, called: &str) -> Result<String> {
        let called = file_name(called)?;
        Ok(format!("{:04}_{called}", self.next_number()))
    }

    /// Returns a new step with the next number. Its file is not written.
    ///
    /// # Errors
    /// If the name cannot be that of a file, or the text has an unknown directive.
    pub fn new_step(&self, called: &str, text: &str) -> Result<Step> {
        let (number, name) = (self.next_number(), self.new_name(called)?);
        let path = self.folder.join(format!("{name}.sql"));
        Ok(Step { number, name, path, text: text.to_owned(), directives: Directives::read(text)? })
    }

    /// Writes a new step, and adds it to the list. Creates the folder if it does not exist.
    ///
    /// # Errors
    /// Those of [`new_step`](Steps::new_step), and if the file exists or cannot be written.
    pub fn write_new(&mut self, called: &str, text: &str) -> Result<&Step> {
        let step = self.new_step(called, text)?;
        fs::create_dir_all(&self.folder).at_path("create the folder", &self.folder)?;
        let mut file = fs::File::create_new(&step.path).at_path("create", &step.path)?;
        std::io::Write::write_all(&mut file, text.as_bytes()).at_path("write", &step.path)?;
        self.list.push(step);
        self.list.last().ok_or_else(|| Error::new("the new step is not in the list"))
    }

    /// Writes `schema.sql`: the steps of this folder, what belongs to the structs, and the
    /// statements that make the schema after the last step. Does nothing if the file has this
    /// content already. Returns whether it was written.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_schema(&mut self, owned: Owned, ddl: &str) -> Result<bool> {
        let schema = SchemaFile { steps: self.hashes(), owned, ddl: ddl.trim().to_owned(), has_conflict: false };
        let (path, text) = (self.folder.join(SCHEMA_FILE), schema.text());
        let is_written = fs::read_to_string(&path).ok().as_ref() != Some(&text);
        if is_written {
            fs::create_dir_all(&self.folder).at_path("create the folder", &self.folder)?;
            // The text is written to another file, which is then renamed, so that an interruption
            // leaves the old file whole.
            let beside = self.folder.join(".schema.sql.new");
            fs::write(&beside, text).at_path("write", &beside)?;
            fs::rename(&beside, &path).at_path("write", &path)?;
        }
        self.schema = Some(schema);
        let is_of_schema = |problem: &Problem| match problem {
            Problem::OtherSteps | Problem::Edited(_) => true,
            Problem::Conflict(conflict) => *conflict == path,
            _ => false,
        };
        self.problems.retain(|problem| !is_of_schema(problem));
        Ok(is_written)
    }
}

/// Returns how the steps that `schema.sql` lists differ from those of the folder. Each step is a
/// name and a hash.
fn differences(listed: &[(String, String)], steps: &[(String, String)]) -> Vec<Problem> {
    let names = |steps: &[(String, String)]| steps.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    if names(listed) != names(steps) {
        return vec![Problem::OtherSteps];
    }
    let edited = listed.iter().zip(steps).filter(|(listed, step)| listed != step);
    edited.map(|((name, _), _)| Problem::Edited(name.clone())).collect()
}

/// Returns the number that is the whole name or is followed by an underscore, or `None` if the
/// name does not begin with such a number.
fn number(name: &str) -> Option<u64> {
    let end = name.find(|c: char| !c.is_ascii_digit()).unwrap_or(name.len());
    let follows = name[end..].chars().next();
    name[..end].parse().ok().filter(|_| follows.is_none_or(|c| c == '_'))
}

/// Returns what a user calls a step as a part of a file name: lower case, with underscores.
fn file_name(called: &str) -> Result<String> {
    let words = called.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.map(str::to_lowercase).collect::<Vec<_>>().join("_");
    if name.is_empty() {
        return Err(Error::usage(format!("`{called}` cannot be the name of a file: use a letter")));
    }
    Ok(name)
}

/// Returns whether a text has the markers of a conflict of git.
fn has_conflict(text: &str) -> bool {
    let marks = |marker: &str| text.lines().any(|line| line.starts_with(marker));
    marks("<<<<<<< ") && marks(">>>>>>> ")
}
