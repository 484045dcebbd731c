//! aio-sql with its feature `tracing`, to measure the cost of its spans without a subscriber, and
//! with one if `LISTEN=1` is set.

use std::process::ExitCode;

#[path = "../../aio-sql/src/main.rs"]
mod program;

fn main() -> ExitCode {
    if std::env::var_os("LISTEN").is_some() {
        let level = tracing_subscriber::filter::LevelFilter::DEBUG;
        // The output is discarded, so that the cost of the spans is measured and not that of the
        // terminal.
        tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::sink).init();
    }
    program::main()
}
