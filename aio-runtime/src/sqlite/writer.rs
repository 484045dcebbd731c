//! The thread of the writer. It is the first thread of a database to start and the last to end.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::SqliteConnection;
use super::connector::Role;
use super::core::Core;
use super::group;
use crate::caught::caught;
use crate::engine::queue::Slot;
use crate::engine::{ConnectionThread, Name, name_of};
use crate::error::Result;

/// Starts the writer's thread. `ready` receives the result of opening the database. If `ready` is
/// `None`, the connection is opened for the first request.
///
/// # Errors
/// Fails if the system cannot start a thread.
pub(super) fn start(core: &Arc<Core>, ready: Option<oneshot::Sender<Result<()>>>) -> Result<()> {
    let name = name_of("writer");
    let (core, named) = (Arc::clone(core), Arc::clone(&name));
    let threads = Arc::clone(&core.workers.threads);
    threads.spawn(&name, move || {
        // A panic of the library itself, outside the catch around a request, ends the thread:
        // start another one in its place.
        let is_lost = caught(|| serve(&core, &named, ready)).is_err() && !core.workers.are_closing();
        if is_lost && start(&core, None).is_ok() {
            return;
        }
        core.connector.shared.writer.shut_down();
        core.begin_closing();
        core.connector.close();
    })
}

/// Answers requests in groups until the queue is closed.
fn serve(core: &Core, name: &Name, ready: Option<oneshot::Sender<Result<()>>>) {
    let options = &core.connector.options;
    let mut thread = ConnectionThread::new(name, &core.connector.opener(Role::Writer));
    if let Some(ready) = ready {
        let opened = thread.worker().map(drop);
        let failed = opened.is_err();
        // Sending fails if the future of `open` was dropped. The engine is dropped with it, which
        // closes the database.
        let _ = ready.send(opened);
        if failed {
            return;
        }
    }
    let queue = &core.connector.shared.writer;
    let slot = Slot::register(queue, name);
    let max = if options.common.group_commit { group::MAX_MEMBERS } else { 1 };
    while slot.wait_for_work() {
        let mut group = VecDeque::new();
        match thread.worker() {
            Ok(worker) => {
                worker.admission.acquire_for_group();
                slot.take_group(max, &mut group);
                let rest = worker.answer_group(group);
                queue.put_back(rest);
            }
            Err(error) => {
                slot.take_group(1, &mut group);
                for request in group {
                    request.responder.finish(Err(error.without_source()));
                }
            }
        }
    }
    if let Some(worker) = thread.stop()
        && !options.read_only
        && !options.is_in_memory
    {
        // There is no request left to report a panic to.
        let _ = worker.catch_panic(|worker| {
            worker.driver.optimize();
            Ok(())
        });
    }
}
