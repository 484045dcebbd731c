//! Code that is lent the connection of a database's own library.

use std::any::Any;
use std::sync::{Arc, Mutex};

use super::request::Code;
use super::sync::lock;
use crate::caught::Foreign;

/// Code to be called once on a connection's thread, and the place for what it returns.
pub(crate) struct Lent<T> {
    pub(crate) code: Code,
    pub(crate) returned: Returned<T>,
}

/// The place for what code has returned on a connection's thread.
pub(crate) struct Returned<T>(Arc<Mutex<Option<T>>>);

impl<T: Send + 'static> Lent<T> {
    /// Wraps code for connections of one type; on those of another it is not called.
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
    /// Takes what the code has returned; `None` unless it was called.
    pub(crate) fn take(self) -> Option<T> {
        lock(&self.0).take()
    }
}
