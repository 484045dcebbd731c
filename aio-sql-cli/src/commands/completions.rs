//! `aio-sql completions`

use clap::CommandFactory;

use crate::args::{Args, Completions};
use crate::error::Exit;
use crate::output::to_stdout;

/// Writes the completions of a shell.
pub fn run(arguments: &Completions) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut Args::command(), "aio-sql", &mut text);
    to_stdout(String::from_utf8_lossy(&text).trim_end());
    Exit::Success
}
