//! A module for each command, and what they share.

pub mod completions;
pub mod copy;
pub mod db;
pub mod explain;
pub mod generate;
pub mod inspect;
pub mod migrate_baseline;
pub mod migrate_check;
pub mod migrate_diff;
pub mod migrate_lint;
pub mod migrate_new;
pub mod migrate_rebase;
pub mod migrate_revert;
pub mod migrate_run;
pub mod migrate_squash;
pub mod migrate_status;
pub mod query;

use std::path::PathBuf;

use aio_sql::Dialect;

use crate::args::{Command, Db, Global, Migrate};
use crate::ask::Ask;
use crate::database::Address;
use crate::error::{Error, Exit, Result};
use crate::output::Output;
use crate::project::Project;
use crate::replay::Scratch;
use crate::steps::{Steps, folders};

/// What each command is given.
#[derive(Debug)]
pub struct Context {
    global: Global,
    /// Where the command writes.
    pub output: Output,
    /// Who answers its questions.
    pub ask: Ask,
}

impl Context {
    /// Creates a context from the options that all commands have.
    pub fn new(global: Global, output: Output) -> Context {
        let ask = Ask::new(global.yes);
        Context { global, output, ask }
    }

    /// Returns the package and its workspace.
    ///
    /// # Errors
    /// Those of [`Project::find`].
    pub fn project(&self) -> Result<Project> {
        Project::find(&self.global)
    }

    /// Returns the address of the database.
    ///
    /// # Errors
    /// Those of [`Address::find`].
    pub fn address(&self) -> Result<Address> {
        Address::find(&self.global, || self.project())
    }

    /// Returns whether the user has named a database by `--db`.
    pub fn has_database(&self) -> bool {
        self.global.db.is_some()
    }

    /// Returns the folder of the steps for the database: the one of [`base_folder`], or a folder
    /// in it with the steps of this kind of database.
    ///
    /// # Errors
    /// If there is none of these, or it is not certain which database is meant.
    ///
    /// [`base_folder`]: Context::base_folder
    pub fn folder(&self) -> Result<PathBuf> {
        folders::of_database(self.base_folder()?, || self.dialect())
    }

    /// Returns the folders of the steps for all kinds of databases that the package uses. The kind
    /// is `None` if there is one folder, which does not say it.
    ///
    /// # Errors
    /// If there are none.
    pub fn folders(&self) -> Result<Vec<(Option<Dialect>, PathBuf)>> {
        let base = self.base_folder()?;
        let folders = folders::of_databases(&base);
        if folders.is_empty() {
            return Ok(vec![(None, base)]);
        }
        Ok(folders.into_iter().map(|(dialect, folder)| (Some(dialect), folder)).collect())
    }

    /// Returns the folder of the steps: that of `--migrations`, else that of the package or, if no
    /// package is found, for example because Cargo is not installed, `migrations` in the current
    /// folder.
    ///
    /// # Errors
    /// If there is none of these.
    pub fn base_folder(&self) -> Result<PathBuf> {
        match &self.global.migrations {
            Some(folder) => Ok(folder.clone()),
            None => self
                .project()
                .map(|project| project.migrations())
                .or_else(|error| {
                    let here = PathBuf::from("migrations");
                    if here.is_dir() { Ok(here) } else { Err(error) }
                })
                .map_err(|error| {
                    let is_usage = error.exit() == Exit::Usage;
                    if is_usage { error } else { error.help("or name the folder of the steps by `--migrations`") }
                }),
        }
    }

    /// Returns the kind of the database: that of its address. If no database is named, it is
    /// PostgreSQL if the user has named a server by `--scratch`, or else the only kind for which
    /// there are steps.
    ///
    /// # Errors
    /// Those of [`address`](Context::address).
    pub fn dialect(&self) -> Result<Dialect> {
        let error = match self.address() {
            Ok(address) => return Ok(address.dialect()),
            Err(_) if self.global.scratch.is_some() => return Ok(Dialect::Postgres),
            Err(error) => error,
        };
        let folders = self.base_folder().map(|folder| folders::of_databases(&folder)).unwrap_or_default();
        match &*folders {
            [(only, _)] => Ok(*only),
            _ => Err(error),
        }
    }

    /// Returns where steps are run to see what they make: on the server of `--scratch` or of the
    /// database, if that is one of PostgreSQL, and else in memory.
    ///
    /// # Errors
    /// If the address of `--scratch` is no server of PostgreSQL, and if there are steps for
    /// PostgreSQL and no server is named.
    pub fn scratch(&self) -> Result<Scratch> {
        if self.dialect().ok() != Some(Dialect::Postgres) {
            return Ok(Scratch::Memory);
        }
        match Address::of_scratch(&self.global)? {
            Some(server) => Ok(Scratch::Server(server)),
            None => self.address().map(Scratch::Server).map_err(|error| {
                error
                    .at("the steps for PostgreSQL need a server on which they are run")
                    .help("or name one by `--scratch`")
            }),
        }
    }

    /// Returns where steps for this kind of database are run to see what they make; `None` if that
    /// takes a server, and none is named.
    ///
    /// # Errors
    /// Those of [`scratch`](Context::scratch).
    pub fn scratch_of(&self, dialect: Option<Dialect>) -> Result<Option<Scratch>> {
        match dialect {
            Some(Dialect::Sqlite) => Ok(Some(Scratch::Memory)),
            Some(dialect) if self.dialect().ok() != Some(dialect) => Ok(None),
            _ => self.scratch().map(Some),
        }
    }

    /// Returns the steps.
    ///
    /// # Errors
    /// Those of [`folder`](Context::folder) and of [`Steps::read`].
    pub fn steps(&self) -> Result<Steps> {
        Steps::read(&self.folder()?)
    }
}

/// Runs a command.
///
/// # Errors
/// Those of the command.
pub async fn run(context: &Context, command: Command) -> Result<Exit> {
    match command {
        Command::Db(Db::Create) => db::create(context).await,
        Command::Db(Db::Drop) => db::drop(context).await,
        Command::Db(Db::Reset) => db::reset(context).await,
        Command::Migrate(Migrate::New(new)) => migrate_new::run(context, &new).await,
        Command::Migrate(Migrate::Run(run)) => migrate_run::run(context, &run).await,
        Command::Migrate(Migrate::Status) => migrate_status::run(context).await,
        Command::Migrate(Migrate::Diff(arguments)) => migrate_diff::run(context, &arguments).await,
        Command::Migrate(Migrate::Check(arguments)) => migrate_check::run(context, &arguments).await,
        Command::Migrate(Migrate::Lint(arguments)) => migrate_lint::run(context, &arguments).await,
        Command::Migrate(Migrate::Revert(arguments)) => migrate_revert::run(context, &arguments).await,
        Command::Migrate(Migrate::Rebase(arguments)) => migrate_rebase::run(context, &arguments).await,
        Command::Migrate(Migrate::Squash(arguments)) => migrate_squash::run(context, &arguments).await,
        Command::Migrate(Migrate::Baseline) => migrate_baseline::run(context).await,
        Command::Query(arguments) => query::run(context, &arguments).await,
        Command::Explain(arguments) => explain::run(context, &arguments).await,
        Command::Inspect(arguments) => inspect::run(context, &arguments).await,
        Command::Copy(arguments) => copy::run(context, &arguments).await,
        Command::Generate(arguments) => generate::run(context, &arguments).await,
        Command::Completions(arguments) => Ok(completions::run(&arguments)),
    }
}

/// Returns the SQL that a user has given: the argument or, if it is `-`, standard input.
fn sql_of(argument: &str) -> Result<String> {
    let sql = match argument {
        "-" => std::io::read_to_string(std::io::stdin())
            .map_err(|error| Error::new(format!("standard input cannot be read: {error}")))?,
        sql => sql.to_owned(),
    };
    if sql.trim().is_empty() {
        return Err(Error::usage("the statement is empty"));
    }
    Ok(sql)
}
