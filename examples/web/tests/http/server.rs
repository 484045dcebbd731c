//! A service in this process, on a separate port.

use std::time::Duration;

use aio_sql::{Builder, Database};
use aio_sql_example_web::{Service, Settings, database, serve, tokens};
use axum::Router;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::client::Client;
use crate::kind::Kind;

pub(crate) struct Server {
    pub(crate) db: Database,
    pub(crate) client: Client,
    pub(crate) folder: TempDir,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Server {
    /// Starts a service over a new SQLite database.
    pub(crate) async fn start() -> Server {
        Server::start_with(|builder| builder, Duration::from_secs(30)).await
    }

    /// Starts a service over a new database of this kind. Returns `None` if it needs a server, and
    /// there is none.
    pub(crate) async fn start_on(kind: Kind) -> Option<Server> {
        let folder = tempfile::tempdir().unwrap();
        let address = kind.address(folder.path()).await?;
        let db = Database::open(address).await.unwrap();
        Some(Server::over(db, folder, Duration::from_secs(30)).await)
    }

    /// Starts a service with this timeout of requests, over a SQLite database that is opened with
    /// the settings that `how` makes.
    pub(crate) async fn start_with(how: impl FnOnce(Builder) -> Builder, request_timeout: Duration) -> Server {
        let folder = tempfile::tempdir().unwrap();
        let db = how(Database::builder(folder.path().join("tasks.db"))).open().await.unwrap();
        Server::over(db, folder, request_timeout).await
    }

    async fn over(db: Database, folder: TempDir, request_timeout: Duration) -> Server {
        database::set_up(&db).await.unwrap();
        let token = tokens::first(&db).await.unwrap().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = Client::new(listener.local_addr().unwrap(), &token);
        let backups = folder.path().join("backups");
        let settings = Settings { backups, request_timeout, ..Settings::default() };
        let (stop, stopped) = oneshot::channel();
        let service = Service::new(db.clone(), settings);
        let served = tokio::spawn(async move {
            let stop = async move { drop(stopped.await) };
            serve(listener, service, stop).await.map_err(|error| error.to_string()).unwrap();
        });
        Server { db, client, folder, stop, served }
    }

    /// Tells the service to stop. Returns the task that ends when the service has stopped, and the
    /// folder of its database.
    pub(crate) fn stop(self) -> (JoinHandle<()>, TempDir) {
        self.stop.send(()).unwrap();
        (self.served, self.folder)
    }

    /// Stops the service and waits until it has ended.
    pub(crate) async fn close(self) {
        // Drop the client, which would keep its connections open: the service waits for open
        // connections.
        let Server { stop, served, db, client, folder } = self;
        drop((client, db));
        stop.send(()).unwrap();
        served.await.unwrap();
        folder.close().unwrap();
    }
}

/// Serves a router for as long as the test runs. Returns its address.
pub(crate) async fn serve_router(router: Router) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}
