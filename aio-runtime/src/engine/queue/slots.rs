//! The threads that serve a queue, and the request that each of them runs.

use super::super::job::Job;
use super::super::name::Name;
use super::super::request::Request;
use super::super::sync::{Arc, Condvar, Instant};

/// One entry for each thread that serves the queue, at the index that is the number of the thread.
/// `None` is a free place.
#[derive(Default)]
pub(super) struct Slots(Vec<Option<Entry>>);

struct Entry {
    name: Name,
    work: Option<Work>,
    /// Whether the thread was told to end, because there is no work for it, and will take no
    /// further request.
    is_leaving: bool,
    /// Wakes the thread when it sleeps.
    condvar: Arc<Condvar>,
}

/// A request that a thread has taken.
struct Work {
    text: Arc<str>,
    since: Instant,
    job: Arc<Job>,
    /// The requests that the thread has taken together with the first one.
    others: Vec<Arc<Job>>,
    /// Whether the requests can be pipelined.
    is_brief: bool,
    /// Whether the thread waits because the task does not read the request's rows at the moment.
    is_stalled: bool,
}

impl Work {
    /// Returns whether all requests are answered.
    fn has_ended(&self) -> bool {
        self.job.has_ended() && self.others.iter().all(|job| job.has_ended())
    }
}

impl Slots {
    /// Adds a thread and returns its number.
    pub(super) fn add(&mut self, name: &Name) -> usize {
        let entry = Some(Entry { name: Arc::clone(name), work: None, is_leaving: false, condvar: Arc::default() });
        match self.0.iter().position(Option::is_none) {
            Some(free) => {
                self.0[free] = entry;
                free
            }
            None => {
                self.0.push(entry);
                self.0.len() - 1
            }
        }
    }

    pub(super) fn remove(&mut self, number: usize) {
        if let Some(entry) = self.0.get_mut(number) {
            *entry = None;
        }
    }

    pub(super) fn begin_work(&mut self, number: usize, request: &Request) {
        if let Some(entry) = self.entry(number) {
            let text = request.command.text();
            let job = Arc::clone(request.responder.job());
            let (others, is_brief) = (Vec::new(), request.can_be_pipelined());
            entry.work = Some(Work { text, since: Instant::now(), job, others, is_brief, is_stalled: false });
        }
    }

    /// Records that the thread takes a further request together with the first one.
    pub(super) fn add_work(&mut self, number: usize, request: &Request) {
        if let Some(work) = self.entry(number).and_then(|entry| entry.work.as_mut()) {
            work.others.push(Arc::clone(request.responder.job()));
        }
    }

    pub(super) fn end_work(&mut self, number: usize) {
        if let Some(entry) = self.entry(number) {
            entry.work = None;
        }
    }

    pub(super) fn set_leaving(&mut self, number: usize) {
        if let Some(entry) = self.entry(number) {
            entry.is_leaving = true;
        }
    }

    pub(super) fn set_stalled(&mut self, number: usize, is_stalled: bool) {
        if let Some(work) = self.entry(number).and_then(|entry| entry.work.as_mut()) {
            work.is_stalled = is_stalled;
        }
    }

    /// Returns the condvar that wakes the thread with this number, or `None` if there is no such
    /// thread.
    pub(super) fn condvar(&self, number: usize) -> Option<Arc<Condvar>> {
        let entry = self.0.get(number)?.as_ref()?;
        Some(Arc::clone(&entry.condvar))
    }

    /// Returns whether no thread is working. A thread that has just answered counts as idle.
    pub(super) fn are_idle(&self) -> bool {
        self.entries().all(|entry| entry.work.as_ref().is_none_or(Work::has_ended))
    }

    /// Returns the number of threads that have answered their requests and are about to take the
    /// next ones.
    pub(super) fn returning(&self) -> usize {
        self.entries().filter(|entry| entry.work.as_ref().is_some_and(Work::has_ended)).count()
    }

    /// Returns since when each thread runs brief requests that have not all been answered yet.
    pub(super) fn brief_since(&self) -> impl Iterator<Item = Instant> {
        let work = self.entries().filter_map(|entry| entry.work.as_ref());
        work.filter(|work| work.is_brief && !work.has_ended()).map(|work| work.since)
    }

    /// Returns whether every thread waits for a task that reads slowly. Returns `false` if no
    /// thread has been added yet.
    pub(super) fn are_all_stalled(&self) -> bool {
        let mut entries = self.entries().filter(|entry| !entry.is_leaving).peekable();
        entries.peek().is_some() && entries.all(|entry| entry.work.as_ref().is_some_and(|work| work.is_stalled))
    }

    /// Returns the number of threads that take requests.
    pub(super) fn count(&self) -> usize {
        self.entries().filter(|entry| !entry.is_leaving).count()
    }

    /// Returns the requests that the threads have taken.
    pub(super) fn jobs(&self) -> impl Iterator<Item = &Arc<Job>> {
        let work = self.entries().filter_map(|entry| entry.work.as_ref());
        work.flat_map(|work| std::iter::once(&work.job).chain(&work.others))
    }

    /// Describes the requests that the threads run, for the error of a request that waited too
    /// long for a thread.
    pub(super) fn describe_work(&self) -> String {
        let of_one = |entry: &Entry| {
            let Work { text, since, is_stalled, .. } = entry.work.as_ref()?;
            let reads = if *is_stalled { ", whose stream is not read" } else { "" };
            Some(format!("`{}` has run `{text}` for {:.1?}{reads}", entry.name, since.elapsed()))
        };
        let busy: Vec<_> = self.entries().filter_map(of_one).collect();
        if busy.is_empty() { "no thread has taken it".to_owned() } else { busy.join("; ") }
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.0.iter().flatten()
    }

    fn entry(&mut self, number: usize) -> Option<&mut Entry> {
        self.0.get_mut(number)?.as_mut()
    }
}
