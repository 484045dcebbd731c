//! The command line tool of [aio-sql](https://docs.rs/aio-sql): the binaries `aio-sql` and
//! `cargo-aio-sql`.
//!
//! The binaries only call [`run`]. The other items are public for the tests, and may change in any
//! version.
//!
//! | module | content |
//! |---|---|
//! | [`args`] | what a user can write after `aio-sql` |
//! | [`commands`] | a file for each command |
//! | [`project`] | the package and the workspace, from Cargo |
//! | [`structs`] | the structs of the package that are tables |
//! | [`steps`] | the files of the folder `migrations` |
//! | [`replay`] | the schema that the steps make |
//! | [`plan`] | from differences of schemas to the next steps |
//! | [`lint`] | what may go wrong when a step runs |
//! | [`generate`] | structs from a database |
//! | [`mod@copy`] | the rows of one database into another |
//! | [`database`] | which database, and opening it |
//! | [`place`] | the place of a mistake in SQL |
//! | [`output`], [`uuid`], [`ask`], [`error`] | what the user sees |

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

pub mod args;
pub mod ask;
pub mod commands;
pub mod copy;
pub mod database;
pub mod error;
pub mod generate;
pub mod leftovers;
pub mod lint;
pub mod output;
pub mod place;
pub mod plan;
pub mod project;
pub mod replay;
pub mod steps;
pub mod structs;
pub mod uuid;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use crate::args::Args;
use crate::commands::Context;
use crate::database::without_passwords;
use crate::error::{Error, Exit};
use crate::output::Output;

/// Runs the tool with these arguments, of which the first one is the name of the program. Returns
/// the exit code of the process.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) => return usage(&error),
    };
    args.global.color.apply();
    let output = Output::new(args.global.json);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run_until_interrupted(args, output)),
        Err(error) => Err(Error::new(format!("the threads of the program cannot be started: {error}"))),
    };
    match outcome {
        Ok(exit) => exit.into(),
        Err(error) => {
            output.error(&error);
            error.exit().into()
        }
    }
}

/// Runs the command until it ends or the user presses Ctrl-C. Ctrl-C drops the command, which
/// rolls back what it has not committed.
async fn run_until_interrupted(args: Args, output: Output) -> Result<Exit, Error> {
    let context = Context::new(args.global, output);
    let command = commands::run(&context, args.command);
    tokio::select! {
        // The signal is looked at first, because it may have arrived while the command blocked the
        // thread.
        biased;
        Ok(()) = tokio::signal::ctrl_c() => Err(Error::interrupted()),
        outcome = command => outcome,
    }
}

/// Shows the help, the version, or a mistake in the arguments. Passwords are removed, because the
/// message about a mistake may quote an argument.
fn usage(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        let shown = without_passwords(&error.render().ansi().to_string());
        output::to_stderr(shown.trim_end());
        Exit::Usage.into()
    } else {
        output::to_stdout(error.render().ansi().to_string().trim_end());
        Exit::Success.into()
    }
}
