//! Closures that run with the connection of the database's own library.

use std::any::Any;
use std::sync::{Arc, Mutex};

use super::request::Code;
use super::sync::lock;
use crate::caught::Foreign;

/// A closure, usually of the user, that a connection's thread calls once with its connection, and
/// the shared place from which the caller takes the closure's return value.
pub(crate) struct Lent<T> {
    pub(crate) code: Code,
    pub(crate) returned: Returned<T>,
}

/// The place that a closure of [`Lent`] shares with its caller: the connection's thread stores the
/// return value there, and the caller takes it.
pub(crate) struct Returned<T>(Arc<Mutex<Option<T>>>);

impl<T: Send + 'static> Lent<T> {
    /// Wraps a closure for connections of type `C`. The closure is not called with connections of
    /// another type.
    pub(crate) fn new<C: Any>(code: impl FnOnce(&mut C) -> T + Send + 'static) -> Lent<T> {
        let place = Arc::new(Mutex::new(None));
        let returned = Returned(Arc::clone(&place));
        let mut code = Some(code);
        let code: Code = Foreign::new(Box::new(move |connection: &mut dyn Any| {
            let value = connection.downcast_mut().and_then(|connection| code.take().map(|code| code(connection)));
            *lock(&place) = value;
        }));
        Lent { code, returned }
    }
}

impl<T> Returned<T> {
    /// Takes the return value. Returns `None` if the closure was not called.
    pub(crate) fn take(self) -> Option<T> {
        lock(&self.0).take()
    }
}
