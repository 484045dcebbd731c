//! A subscriber that remembers what it is told.

// Each test binary uses a part of this module.
#![allow(dead_code)]

use std::collections::HashMap;
use std::fmt::{Debug, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::hold::Place;

/// A subscriber that stores each event and span of the library as a line.
#[derive(Default)]
pub(crate) struct Lines {
    next: AtomicU64,
    events: Mutex<Vec<String>>,
    spans: Mutex<HashMap<u64, String>>,
    /// The place where a thread waits when it emits the event of a statement whose text contains
    /// `HELD`. At that time the statement is committed, and not yet answered.
    pub(crate) answers: Place,
}

pub(crate) const HELD: &str = "behind its commit";

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{field}={value:?} ").expect("a String takes all");
    }
}

struct Told(&'static Lines);

impl Subscriber for Told {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "aio_sql"
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let id = self.0.next.fetch_add(1, Ordering::Relaxed) + 1;
        let mut line = format!("{} ", attributes.metadata().name());
        attributes.record(&mut Line(&mut line));
        self.0.spans.lock().expect("no panic").insert(id, line);
        Id::from_u64(id)
    }

    fn record(&self, id: &Id, record: &Record<'_>) {
        if let Some(line) = self.0.spans.lock().expect("no panic").get_mut(&id.into_u64()) {
            record.record(&mut Line(line));
        }
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = format!("{} ", event.metadata().level());
        event.record(&mut Line(&mut line));
        let held = line.contains(HELD);
        self.0.events.lock().expect("no panic").push(line);
        if held {
            self.0.answers.come();
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Returns the lines that the subscriber has stored in this process. Each test selects the lines
/// of its own statements.
pub(crate) fn lines() -> &'static Lines {
    static LINES: OnceLock<Lines> = OnceLock::new();
    static SET: OnceLock<()> = OnceLock::new();
    let lines = LINES.get_or_init(Lines::default);
    SET.get_or_init(|| tracing::subscriber::set_global_default(Told(lines)).expect("it is the first"));
    lines
}

/// Returns the events that contain a word.
pub(crate) fn events(word: &str) -> Vec<String> {
    let events: MutexGuard<'_, Vec<String>> = lines().events.lock().expect("no panic");
    events.iter().filter(|line| line.contains(word)).cloned().collect()
}

pub(crate) fn spans(word: &str) -> Vec<String> {
    lines().spans.lock().expect("no panic").values().filter(|line| line.contains(word)).cloned().collect()
}
