//! The command `aio-sql`.

use std::process::ExitCode;

fn main() -> ExitCode {
    aio_sql_cli::run(std::env::args_os())
}
