//! The workloads with all libraries whose lock files can be shared.

mod aio_sql;
mod deadpool;
mod diesel_async;
mod sea_orm;
mod sqlx;
mod tokio_postgres;

use std::process::ExitCode;

use bench_servers_harness::{library, main as run};

fn main() -> ExitCode {
    run(&[
        library::<aio_sql::AioSql>(),
        library::<tokio_postgres::TokioPostgres>(),
        library::<deadpool::Deadpool>(),
        library::<sqlx::Sqlx>(),
        library::<diesel_async::DieselAsync>(),
        library::<sea_orm::SeaOrm>(),
    ])
}
