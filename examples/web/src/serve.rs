//! Running the service until it is told to stop.

use std::error::Error;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::{Service, app};

/// Serves requests until `stop` is ready. Then it takes no new ones, lets those under way end, and
/// closes the database.
///
/// # Errors
/// Fails if the listener does.
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
        // It has an error where the server has ended by itself.
        if stopped.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(shutdown_timeout).await;
    };
    tokio::select! {
        served = server => served?,
        () = too_late => tracing::warn!("connections are still open after {shutdown_timeout:?}"),
    }
    // What waits is written, and what is under way is whole, before the process ends.
    db.close().await?;
    Ok(())
}
