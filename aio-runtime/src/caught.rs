//! Calls code of the user and of the async runtime on the library's threads, and catches its
//! panics.
//!
//! Wakers, closures, functions, hooks, `tracing` subscribers, and the values that these hold and
//! return are all called and dropped inside `catch_unwind`. A panic that was not caught would end
//! the thread, and abort the process if it happened while another panic unwinds.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Error, ErrorKind};

/// The payload of a caught panic. Dropping the payload may run user code, which may panic again;
/// that panic is caught, too.
pub(crate) struct Panic(Option<Box<dyn Any + Send>>);

/// Calls a closure. If it panics, catches the panic and returns it as the error.
pub(crate) fn caught<T>(code: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(code)).map_err(|payload| Panic(Some(payload)))
}

impl Panic {
    /// Returns the error for the panic, with the text of the panic if it has one. `what` names the
    /// code that panicked.
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

/// A value that comes from the user or the async runtime, such as a closure or a waker; `None`
/// once it was taken out. A panic in its `drop` is caught.
pub(crate) struct Foreign<T>(Option<T>);

impl<T> Foreign<T> {
    pub(crate) fn new(value: T) -> Foreign<T> {
        Foreign(Some(value))
    }

    /// Calls a closure with the value, and returns a panic of the closure as an error. Returns
    /// `None` if the value was taken out.
    pub(crate) fn with<R>(&mut self, code: impl FnOnce(&mut T) -> R) -> Option<Result<R, Panic>> {
        self.0.as_mut().map(|value| caught(|| code(value)))
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }

    /// Takes the value out. Returns `None` if it was already taken out. The caller must drop the
    /// value where a panic is caught.
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
