//! Runs the task service: `cargo run -p aio-sql-example-web`.
//!
//! It reads the environment variables `TASKS_DB` (the database file, or the address of a server
//! such as `postgres://user:password@host/name`; default: `tasks.db`),
//! `TASKS_ADDRESS` (default: `127.0.0.1:3000`), `TASKS_BACKUPS` (the folder for backups; default:
//! `backups`) and `RUST_LOG` (default: `info`; `info,aio_sql=debug` logs every statement).

use std::env;
use std::error::Error;

use aio_sql_example_web::{Service, Settings, database, serve, tokens};
use tokio::net::TcpListener;
use tokio::signal;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let targets: Targets = variable("RUST_LOG", "info").parse()?;
    let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(log).with(targets).init();

    let db = database::open(variable("TASKS_DB", "tasks.db")).await?;
    let listener = TcpListener::bind(variable("TASKS_ADDRESS", "127.0.0.1:3000")).await?;
    let address = listener.local_addr()?;
    match tokens::first(&db).await? {
        // The token is shown only once, because the database stores nothing but its hash.
        Some(token) => println!("listening on http://{address}/#{token}"),
        None => println!("listening on http://{address}/"),
    }

    let settings = Settings { backups: variable("TASKS_BACKUPS", "backups").into(), ..Settings::default() };
    serve(listener, Service::new(db, settings), stop_signal()?).await
}

fn variable(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.to_owned())
}

/// Returns a future that ends when the process is asked to stop: by Ctrl-C, or by SIGTERM.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal::unix::signal(signal::unix::SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async { drop(signal::ctrl_c().await) })
}
