//! The kinds of databases over which the tests run.

use std::path::Path;

use servers::postgres::shared;

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    /// Returns the address of a new database: a file in the folder, or a schema of the server that
    /// all tests share. Returns `None` if tests that need a server are left out.
    pub(crate) async fn address(self, folder: &Path) -> Option<String> {
        if self == Kind::Sqlite {
            return Some(folder.join("tasks.db").to_str().unwrap().to_owned());
        }
        let schema = shared()?.create_schema().await.unwrap();
        Some(schema.address().to_owned())
    }
}

/// Makes two tests of each function, which takes a service: one over SQLite and one over
/// PostgreSQL.
macro_rules! on_both {
    ($($name:ident)+) => { $(
        mod $name {
            use crate::kind::Kind;
            use crate::server::Server;

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                super::$name(Server::start_on(Kind::Sqlite).await.unwrap()).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                if let Some(server) = Server::start_on(Kind::Postgres).await {
                    super::$name(server).await;
                }
            }
        }
    )+ };
}

pub(crate) use on_both;
