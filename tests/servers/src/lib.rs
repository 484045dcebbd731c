//! Database servers for tests: one for each test binary, and servers of their own for tests that
//! break them. Also the attribute [`macro@on_every_database`], which runs a test on each database.
//!
//! A test binary takes the PostgreSQL server at `AIO_SQL_POSTGRES_URL` if that is set. Otherwise
//! it starts a private one from the first programs that it finds: in `AIO_SQL_POSTGRES_BIN` (a
//! folder, or several as in `PATH`), in `PATH`, where packages install them, and in
//! `target/servers`, where `./test` unpacks some. If there are none, the tests fail. With
//! `AIO_SQL_SERVERS=none` they are left out.
//!
//! With `AIO_SQL_POOLER=declared` or `undeclared`, the tests of that attribute go to the server
//! through a PgBouncer, whose address says so or not. It is found in `AIO_SQL_PGBOUNCER` (its
//! program), where packages install it, and in `target/servers`, where `./test` unpacks it.

pub mod postgres;

mod on_each;

pub use on_each::{Needs, Outcome, Subject, on_postgres, on_postgres_or_pooler, on_sqlite};
pub use on_every_database::on_every_database;
