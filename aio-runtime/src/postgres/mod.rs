//! PostgreSQL, by a client of the library's own: a blocking socket on each connection's thread.
//!
//! The crate `postgres-protocol` provides the messages that the client sends and the calculations
//! of the login. The messages of the server are read where they were received, so that rows go
//! from there into a row batch without a copy between.

mod admission;
mod advisory_lock;
mod bind;
mod by_key;
mod cancel;
mod collation;
mod connection;
mod connector;
mod constraint;
mod copy;
mod decode;
mod domain;
mod driver;
mod encode;
mod encryption;
mod engine;
mod error;
mod guard;
mod inference;
mod insert;
mod inspect;
mod lag;
mod listener;
mod login;
mod message;
mod notify;
mod numeric;
mod oid;
mod options;
mod password_file;
mod password_source;
mod pipeline;
mod place;
mod read_route;
mod script;
mod sequence;
mod settings;
mod statement;
mod system_user;
mod target_session;
mod together;
mod types;
mod words_of_sqlite;

pub(crate) use engine::{DIALECT, Engine, ReplicaOptions};
pub(crate) use inspect::differences;
pub(crate) use options::PostgresOptions;
pub(crate) use password_source::PasswordProvider;
