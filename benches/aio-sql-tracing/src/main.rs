//! aio-sql with its feature `tracing`: what its spans cost while nobody listens, and, with
//! `LISTEN=1`, while somebody does.

use std::process::ExitCode;

#[path = "../../aio-sql/src/main.rs"]
mod program;

fn main() -> ExitCode {
    if std::env::var_os("LISTEN").is_some() {
        let level = tracing_subscriber::filter::LevelFilter::DEBUG;
        // What is written goes nowhere: the spans are to be measured, and no terminal.
        tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::sink).init();
    }
    program::main()
}
