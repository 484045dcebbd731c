//! Database servers for tests: one for each test binary, and servers of their own for tests that
//! break them. Also the attribute [`macro@on_every_database`], which runs a test on each database.
//!
//! A test binary takes the PostgreSQL server at `AIO_SQL_POSTGRES_URL` if that is set. Otherwise
//! it starts a private one from the first programs that it finds: in `AIO_SQL_POSTGRES_BIN` (a
//! folder, or several as in `PATH`), in `PATH`, where packages install them, and in
//! `target/servers`, where `./test` unpacks some. If there are none, the tests fail. With
//! `AIO_SQL_SERVERS=none` they are left out.

pub mod postgres;

mod on_each;

pub use on_each::{Needs, Outcome, Subject, on_postgres, on_sqlite};
pub use on_every_database::on_every_database;
