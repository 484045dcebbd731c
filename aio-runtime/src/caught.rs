//! Code that is not the library's, called on threads that are: what it panics with ends there.
//!
//! Wakers, closures, functions, hooks, subscribers, and whatever these hold and return: each of
//! them is called, and dropped, behind a catch. A panic that went on from there would end the
//! thread, and the process where another follows.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Error, ErrorKind};

/// What code panicked with. It is code of others too: dropping it may panic again, which ends
/// here.
pub(crate) struct Panic(Option<Box<dyn Any + Send>>);

/// Calls code, and catches what it panics with.
pub(crate) fn caught<T>(code: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(code)).map_err(|payload| Panic(Some(payload)))
}

impl Panic {
    /// The error of what was called, which `what` names.
    pub(crate) fn into_error(self, what: &str) -> Error {
        let payload = self.0.as_ref();
        let text = payload.and_then(|payload| payload.downcast_ref::<&str>().copied());
        let string = || payload.and_then(|payload| payload.downcast_ref::<String>()).map(String::as_str);
        let words = text.or_else(string).unwrap_or("without words");
        Error::new(ErrorKind::Panic, format!("{what} panicked: {words}"))
    }
}

impl Drop for Panic {
    fn drop(&mut self) {
        let payload = self.0.take();
        if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(another);
        }
    }
}

impl<T> std::fmt::Debug for Foreign<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Foreign")
    }
}

/// A value of somebody else's, which is dropped behind a catch wherever that happens.
pub(crate) struct Foreign<T>(Option<T>);

impl<T> Foreign<T> {
    pub(crate) fn new(value: T) -> Foreign<T> {
        Foreign(Some(value))
    }

    /// Calls code with it, and catches what that panics with; nothing once it was taken out.
    pub(crate) fn with<R>(&mut self, code: impl FnOnce(&mut T) -> R) -> Option<Result<R, Panic>> {
        self.0.as_mut().map(|value| caught(|| code(value)))
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }

    /// Takes it out. From there on whoever has it drops it.
    pub(crate) fn take(&mut self) -> Option<T> {
        self.0.take()
    }
}

impl<T> Drop for Foreign<T> {
    fn drop(&mut self) {
        if let Some(value) = self.0.take() {
            drop(caught(|| drop(value)));
        }
    }
}
