//! The command `cargo aio-sql`, which is `aio-sql` as a subcommand of Cargo.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments: Vec<_> = std::env::args_os().collect();
    // Cargo passes the name of the subcommand as the first argument.
    if arguments.get(1).is_some_and(|first| first == "aio-sql") {
        arguments.remove(1);
    }
    aio_sql_cli::run(arguments)
}
