//! Running the service until it is told to stop.

use std::error::Error;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::{Service, app};

/// Serves requests until `stop` completes. Then it accepts no new connections, waits for the
/// requests in progress, and closes the database.
///
/// # Errors
/// Fails if the server fails.
pub async fn serve(
    listener: TcpListener,
    service: Service,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (db, shutdown_timeout) = (service.db.clone(), service.settings.shutdown_timeout);
    let (stopping, stopped) = oneshot::channel();
    let server = axum::serve(listener, app(service)).with_graceful_shutdown(async move {
        stop.await;
        tracing::info!("stopping");
        let _ = stopping.send(());
    });
    let too_late = async {
        // If no message was received, the server ended without being told to stop.
        if stopped.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(shutdown_timeout).await;
    };
    tokio::select! {
        served = server => served?,
        () = too_late => tracing::warn!("connections are still open after {shutdown_timeout:?}"),
    }
    // Queued writes are finished before the process ends.
    db.close().await?;
    Ok(())
}
