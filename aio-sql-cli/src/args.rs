//! What a user can write after `aio-sql`.

use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Migrations from structs, queries and databases of programs that use aio-sql.
///
/// The database is the one of `--db`, else of the environment variable DATABASE_URL, else of the
/// file `.env` of the package, else of the file `.env` of the workspace, else of `database` below
/// `[package.metadata.aio-sql]` in Cargo.toml.
#[derive(Debug, Parser)]
#[command(name = "aio-sql", bin_name = "aio-sql", version, after_help = EXAMPLES, after_long_help = LONG_EXAMPLES)]
#[command(subcommand_required = true, arg_required_else_help = true, propagate_version = true)]
pub struct Args {
    /// The options of all commands.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  aio-sql migrate new 'add slug'         write the next step by hand
  aio-sql migrate run                    apply the steps that are not applied yet
  aio-sql query 'select * from post'     show rows
  aio-sql --help                         more about the options";

const LONG_EXAMPLES: &str = "\
Examples:
  aio-sql migrate new 'add slug'
      Creates the file migrations/0002_add_slug.sql, to be written by hand.
  aio-sql migrate run --db sqlite:app.db
      Applies the steps that are not applied yet.
  aio-sql migrate status --json
      Lists the steps, for a program. The exit code is 3 if a step is not applied.
  aio-sql query 'select count(*) from post'
      Shows the rows of a query.

Exit codes:
  0  the command did what it was asked for
  1  an error
  2  the arguments are wrong, or a question would have to be asked without a terminal
  3  there is something to do, such as a step that is not applied
  130  Ctrl-C; what was not committed is rolled back";

/// The options of all commands.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Global {
    /// The database: a path, or a URL such as sqlite:app.db or postgres://user@host/name.
    #[arg(long, global = true, value_name = "ADDRESS", help_heading = "Database")]
    pub db: Option<String>,
    /// The PostgreSQL server on which the steps are run to see what they make, if not that of the
    /// database. A database is created on it, and removed again. Also AIO_SQL_SCRATCH_URL.
    #[arg(long, global = true, value_name = "ADDRESS", help_heading = "Database")]
    pub scratch: Option<String>,
    /// The folder of the steps, instead of `migrations` beside the Cargo.toml of the package.
    #[arg(long, global = true, value_name = "FOLDER", help_heading = "Package")]
    pub migrations: Option<PathBuf>,
    /// The package, if it is not that of the current folder. The structs of several packages are
    /// found if the option is given several times; the first one has the migrations.
    #[arg(short, long, global = true, value_name = "NAME", action = ArgAction::Append, help_heading = "Package")]
    pub package: Vec<String>,
    /// The path of the Cargo.toml.
    #[arg(long, global = true, value_name = "PATH", help_heading = "Package")]
    pub manifest_path: Option<PathBuf>,
    /// The features with which the structs are compiled, separated by commas.
    #[arg(short = 'F', long, global = true, value_delimiter = ',', value_name = "FEATURES", help_heading = "Package")]
    pub features: Vec<String>,
    /// Compiles the structs with all features.
    #[arg(long, global = true, help_heading = "Package")]
    pub all_features: bool,
    /// Compiles the structs without the default features.
    #[arg(long, global = true, help_heading = "Package")]
    pub no_default_features: bool,
    /// Writes JSON, in an object whose `format` is 1.
    #[arg(long, global = true, help_heading = "Output")]
    pub json: bool,
    /// Answers yes where the command asks for consent, such as to the loss of data.
    #[arg(short, long, global = true, help_heading = "Output")]
    pub yes: bool,
    /// Whether the output has colours. With `auto`, it has none if it is not a terminal, or if
    /// NO_COLOR is set.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", help_heading = "Output")]
    pub color: Color,
}

/// Whether the output has colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Sets the choice for everything that the program writes.
    pub fn apply(self) {
        match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Creates or deletes the database
    #[command(subcommand)]
    Db(Db),
    /// Changes the schema by steps, and says which are applied
    #[command(subcommand)]
    Migrate(Migrate),
    /// Runs a statement and shows its rows
    Query(Query),
    /// Shows how a statement is run: which indexes it uses, which tables it scans
    Explain(Explain),
    /// Shows the tables and views of the database, or one of them
    Inspect(Inspect),
    /// Writes structs for the tables and views of the database
    Generate(Generate),
    /// Copies the rows of all tables into another database, of the same kind or not
    Copy(Copy),
    /// Writes the completions of a shell
    Completions(Completions),
}

/// `aio-sql db`
#[derive(Debug, Subcommand)]
pub enum Db {
    /// Creates the database, if it does not exist
    #[command(after_help = "Examples:\n  aio-sql db create\n  aio-sql db create --db sqlite:data/app.db")]
    Create,
    /// Deletes the database. Says what is in it, and asks
    #[command(after_help = "Examples:\n  aio-sql db drop\n  aio-sql db drop --db sqlite:test.db --yes")]
    Drop,
    /// Deletes the database, creates it, and applies all steps. Says what is in it, and asks
    #[command(after_help = "Examples:\n  aio-sql db reset\n  aio-sql db reset --yes")]
    Reset,
}

/// `aio-sql migrate`
#[derive(Debug, Subcommand)]
pub enum Migrate {
    /// Creates the file of the next step, to be written by hand
    #[command(after_help = "Examples:\n  aio-sql migrate new 'fill slugs'\n  aio-sql migrate new titles --json")]
    New(New),
    /// Compares the structs with the steps, and writes the next step
    #[command(after_help = DIFF_EXAMPLES)]
    Diff(Diff),
    /// Applies the steps that are not applied yet
    #[command(after_help = RUN_EXAMPLES)]
    Run(Run),
    /// Lists the steps. The exit code is 3 if one is not applied
    #[command(after_help = "Examples:\n  aio-sql migrate status\n  aio-sql migrate status --db prod.db --json")]
    Status,
    /// Compares the structs, the steps and schema.sql, and with --db a database. The exit code is
    /// 3 if they differ
    #[command(
        after_help = "Examples:\n  aio-sql migrate check\n  aio-sql migrate check --db prod.db\n  aio-sql migrate check --write   write schema.sql"
    )]
    Check(Check),
    /// Says what may go wrong when the last step runs, or with --db the steps that are pending
    /// there. The exit code is 3 if something may
    #[command(after_help = LINT_EXAMPLES)]
    Lint(Lint),
    /// Writes a step that undoes the last one. Refuses if data would be lost
    #[command(after_help = "Examples:\n  aio-sql migrate revert\n  aio-sql migrate revert --dry-run")]
    Revert(Revert),
    /// Gives the steps of this branch of git the next numbers, and resolves the conflict in
    /// schema.sql
    #[command(
        after_help = "Examples:\n  git rebase main; aio-sql migrate rebase; git add migrations; git rebase --continue\n  aio-sql migrate rebase --onto origin/main"
    )]
    Rebase(Rebase),
    /// Replaces the first steps by one
    #[command(after_help = "Examples:\n  aio-sql migrate squash\n  aio-sql migrate squash --through 0010")]
    Squash(Squash),
    /// Records the steps whose schema a database without history has, without running them
    #[command(after_help = "Examples:\n  aio-sql migrate baseline --db old.db")]
    Baseline,
}

const DIFF_EXAMPLES: &str = "\
Examples:
  aio-sql migrate diff
  aio-sql migrate diff --dry-run              only show the step; the exit code is 3 if there is one
  aio-sql migrate diff --name 'add slug'      choose the name of the file
  aio-sql migrate diff --db old.db            begin with the schema of a database that exists
  aio-sql migrate diff --no-renames --yes     do not ask, and consent to the loss of data";

const LINT_EXAMPLES: &str = "\
Examples:
  aio-sql migrate lint
  aio-sql migrate lint --db prod.db           look at the numbers of rows, too
  aio-sql migrate lint --all --allow rename";

/// `aio-sql migrate diff`
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Diff {
    /// Only shows the step.
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// The name of the step, such as 'add slug'. By default, its first change gives it a name.
    #[arg(long)]
    pub name: Option<String>,
    /// Does not ask about renames: what is new is created, and what is gone is dropped.
    #[arg(long)]
    pub no_renames: bool,
    /// Makes the first step of the structs alone, whatever the database has. With `--db`, the
    /// first step is the schema of the database, with its views and triggers.
    #[arg(long, conflicts_with = "db")]
    pub structs_only: bool,
}

/// `aio-sql migrate check`
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Check {
    /// Writes schema.sql if it does not fit the steps.
    #[arg(long)]
    pub write: bool,
}

/// `aio-sql migrate lint`
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Lint {
    /// Looks at all steps.
    #[arg(long)]
    pub all: bool,
    /// Leaves out a kind of finding.
    #[arg(long, value_name = "RULE", value_parser = RULES)]
    pub allow: Vec<String>,
}

/// The names of all rules, as [`Rule::name`](crate::lint::Rule::name) returns them.
const RULES: [&str; 12] = [
    "data-loss",
    "not-null-without-value",
    "unique-over-rows",
    "rename",
    "large-rebuild",
    "dropped-reference",
    "blocking-index",
    "validating-constraint",
    "not-null-scan",
    "rewrite",
    "long-lock",
    "drop",
];

/// `aio-sql migrate revert`
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Revert {
    /// Only shows the step.
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// `aio-sql migrate rebase`
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Rebase {
    /// The other branch. By default, it is the one that is being merged or rebased onto, or else
    /// the branch from which this one comes.
    #[arg(long, value_name = "REVISION")]
    pub onto: Option<String>,
}

/// `aio-sql migrate squash`
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Squash {
    /// The number or name of the last step that is replaced. By default, all steps are.
    #[arg(long, value_name = "STEP")]
    pub through: Option<String>,
    /// Only shows the step.
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

const RUN_EXAMPLES: &str = "\
Examples:
  aio-sql migrate run
  aio-sql migrate run --dry-run               only list what would be applied
  aio-sql migrate run --db prod.db --yes      consent to steps that lose data
  aio-sql migrate run --backup before.db      copy the database before a step that loses data";

/// `aio-sql migrate new`
#[derive(Debug, clap::Args)]
pub struct New {
    /// What the step does, such as 'add slug'.
    pub name: String,
}

/// `aio-sql migrate run`
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Run {
    /// Only lists the steps. The exit code is 3 if there is one.
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Copies the database to this file before the first step that loses data.
    #[arg(long, value_name = "FILE")]
    pub backup: Option<PathBuf>,
}

/// `aio-sql query`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aio-sql query 'select id, title from post limit 10'
  aio-sql query 'select * from post' --csv > posts.csv
  echo 'select 1' | aio-sql query -
  aio-sql query --write 'delete from draft'")]
pub struct Query {
    /// The statement; `-` reads it from standard input.
    pub sql: String,
    /// Lets the statement write. Without it the database is opened for reading only.
    #[arg(long)]
    pub write: bool,
    /// Writes CSV. NULL is an empty field, and bytes are hexadecimal digits.
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
}

/// `aio-sql explain`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aio-sql explain 'select * from post where author_id = 7'
  aio-sql explain 'select * from post' --json")]
pub struct Explain {
    /// The statement; `-` reads it from standard input.
    pub sql: String,
}

/// `aio-sql inspect`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aio-sql inspect                    list the tables and views
  aio-sql inspect post               show columns, keys, indexes and triggers of a table
  aio-sql inspect --schema audit     list those of another schema, too
  aio-sql inspect --diagram          write a diagram in the language of Mermaid
  aio-sql inspect --json")]
pub struct Inspect {
    /// The table or view, also as `schema.name`. Without it, all are listed.
    pub table: Option<String>,
    /// Another schema: one of PostgreSQL that is not in the search path. May be given several
    /// times.
    #[arg(long, value_name = "NAME")]
    pub schema: Vec<String>,
    /// All schemas.
    #[arg(long, conflicts_with = "schema")]
    pub all_schemas: bool,
    /// Writes an entity relationship diagram in the language of Mermaid.
    #[arg(long, conflicts_with = "json")]
    pub diagram: bool,
}

/// `aio-sql generate`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aio-sql generate --db sakila.db --sample                          write to standard output
  aio-sql generate --db sakila.db --sample --output src/sakila.rs   write a new file
  aio-sql generate --table post --table author                      only some tables
  aio-sql generate --schema audit                                   those of another schema, too")]
pub struct Generate {
    /// The table or view, if not all are wanted. May be given several times.
    #[arg(short, long, value_name = "NAME")]
    pub table: Vec<String>,
    /// Another schema: one of PostgreSQL that is not in the search path. May be given several
    /// times.
    #[arg(long, value_name = "NAME")]
    pub schema: Vec<String>,
    /// All schemas.
    #[arg(long, conflicts_with = "schema")]
    pub all_schemas: bool,
    /// Looks at up to 10,000 rows of each table of SQLite to recognize booleans, times, dates,
    /// UUIDs, decimals and JSON.
    #[arg(long)]
    pub sample: bool,
    /// The file, whose folder is created. Without it, the source goes to standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replaces the file if it exists.
    #[arg(long, requires = "output")]
    pub force: bool,
}

/// `aio-sql copy`
#[derive(Debug, clap::Args)]
#[command(after_help = COPY_HELP)]
pub struct Copy {
    /// The database whose rows are read: a path, or a URL such as sqlite:app.db or
    /// postgres://user@host/name.
    pub from: String,
    /// The database into which they are inserted. It has to have the tables already.
    pub to: String,
    /// Keeps the rows that the target has.
    #[arg(long, conflicts_with = "replace")]
    pub append: bool,
    /// Deletes the rows that the tables of the target have, in the transaction of the copy.
    #[arg(long)]
    pub replace: bool,
}

const COPY_HELP: &str = "\
Reads all tables at one moment, and inserts their rows in one transaction: if anything fails, the
target is as it was before. The tables that both databases have are copied; the program or
`aio-sql migrate run` creates those of the target. At the end, the numbers of rows are compared.

Examples:
  aio-sql copy shop.db postgres://dana@db.example.com/shop
  aio-sql copy postgres://dana@db.example.com/shop sqlite:shop.db --replace --yes
  aio-sql copy old.db new.db --json";

/// `aio-sql completions`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aio-sql completions bash > ~/.local/share/bash-completion/completions/aio-sql
  aio-sql completions fish > ~/.config/fish/completions/aio-sql.fish")]
pub struct Completions {
    /// The shell.
    pub shell: Shell,
}
