//! SQL functions written in Rust.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{Value as RawValue, ValueRef as RawRef};

use super::options::Hook;
use super::sqlite_driver::into_stored;
use crate::caught::{Foreign, Panic, caught};
use crate::error::{Error, ErrorKind};
use crate::row::{FromRow, Labels, RowRef};
use crate::row_batch::RowBatch;
use crate::types::ColumnType;

const FLAGS: FunctionFlags = FunctionFlags::SQLITE_UTF8.union(FunctionFlags::SQLITE_DETERMINISTIC);

/// Where a function may be called (<https://sqlite.org/c3ref/c_deterministic.html>).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Callers {
    /// The function may be called in statements, but not by the schema of the file.
    Statements,
    /// The function may also be called by indexes, checks, generated columns, triggers and views.
    Schema,
}

impl Callers {
    fn flags(self) -> FunctionFlags {
        FLAGS.union(match self {
            Callers::Statements => FunctionFlags::SQLITE_DIRECTONLY,
            Callers::Schema => FunctionFlags::SQLITE_INNOCUOUS,
        })
    }
}

/// Returns a hook that registers a scalar function on a new connection. The function must be
/// deterministic.
pub(crate) fn scalar<A: FromRow, R: ColumnType>(
    name: String,
    callers: Callers,
    function: impl Fn(A) -> R + Send + Sync + 'static,
) -> Hook {
    let function = Arc::new(Foreign::new(function));
    let arity = arity::<A>();
    Arc::new(move |raw| {
        let function = Arc::clone(&function);
        raw.create_scalar_function(name.as_str(), arity, callers.flags(), move |context| {
            catching(|| result(unwrapped(&function)?(arguments(context)?)))
        })
    })
}

/// Returns a hook that registers an aggregate function on a new connection.
pub(crate) fn aggregate<S: Send + 'static, A: FromRow, R: ColumnType>(
    name: String,
    begin: impl Fn() -> S + Send + Sync + 'static,
    step: impl Fn(&mut S, A) + Send + Sync + 'static,
    end: impl Fn(S) -> R + Send + Sync + 'static,
) -> Hook {
    let parts = Arc::new(Foreign::new((begin, step, end)));
    let arity = arity::<A>();
    Arc::new(move |raw| {
        let parts = Parts { parts: Arc::clone(&parts), types: PhantomData::<fn(S, A) -> R> };
        raw.create_aggregate_function(name.as_str(), arity, Callers::Statements.flags(), parts)
    })
}

struct Parts<P, S, A, R> {
    parts: Arc<Foreign<P>>,
    types: PhantomData<fn(S, A) -> R>,
}

impl<B, T, E, S, A, R> Aggregate<AssertUnwindSafe<Foreign<S>>, RawValue> for Parts<(B, T, E), S, A, R>
where
    B: Fn() -> S,
    T: Fn(&mut S, A),
    E: Fn(S) -> R,
    A: FromRow,
    R: ColumnType,
{
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<AssertUnwindSafe<Foreign<S>>> {
        catching(|| Ok(AssertUnwindSafe(Foreign::new((unwrapped(&self.parts)?.0)()))))
    }

    fn step(&self, context: &mut Context<'_>, state: &mut AssertUnwindSafe<Foreign<S>>) -> rusqlite::Result<()> {
        let step = &unwrapped(&self.parts)?.1;
        let arguments = catching(|| arguments(context))?;
        state.0.with(|state| step(state, arguments)).unwrap_or(Ok(())).map_err(panicked)
    }

    fn finalize(&self, _: &mut Context<'_>, state: Option<AssertUnwindSafe<Foreign<S>>>) -> rusqlite::Result<RawValue> {
        catching(|| {
            let (begin, _, end) = unwrapped(&self.parts)?;
            let state = state.and_then(|mut state| state.0.take()).unwrap_or_else(begin);
            result(end(state))
        })
    }
}

fn arity<A: FromRow>() -> i32 {
    i32::try_from(A::WIDTH).unwrap_or(i32::MAX)
}

/// Reads the arguments like the columns of a row.
fn arguments<A: FromRow>(context: &Context<'_>) -> rusqlite::Result<A> {
    let mut batch = RowBatch::default();
    for index in 0..context.len() {
        match context.get_raw(index) {
            RawRef::Null => batch.push_null(),
            RawRef::Integer(value) => batch.push_integer(value),
            RawRef::Real(value) => batch.push_real(value),
            RawRef::Text(text) => batch.push_text(text),
            RawRef::Blob(bytes) => batch.push_blob(bytes),
        }
    }
    let labels = Labels::Columns([].into());
    A::from_row(&mut RowRef::new(&batch, 0, &labels)).map_err(user_function_error)
}

fn result<R: ColumnType>(value: R) -> rusqlite::Result<RawValue> {
    let value = value.into_column_value().map_err(|reason| user_function_error(reason.into_error()))?;
    Ok(into_stored(value))
}

thread_local! {
    /// The message of the last error of a function on this thread.
    static LAST_MESSAGE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Returns whether a message is that of the last error of a function on this thread. Such messages
/// contain no values.
pub(super) fn is_own_message(words: &str) -> bool {
    LAST_MESSAGE.with_borrow(|message| message == words)
}

/// Calls user code and catches its panic. rusqlite catches panics too, but not one that occurs
/// while the payload of a panic is dropped.
fn catching<T>(code: impl FnOnce() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    caught(code).unwrap_or_else(|panic| Err(panicked(panic)))
}

/// Returns the error for a panic. The panic message is not shown, because it may quote an
/// argument.
fn panicked(_: Panic) -> rusqlite::Error {
    user_function_error(Error::new(ErrorKind::Panic, "a function written in Rust panicked"))
}

/// Returns the user's closure. The error does not occur, because the closure is never taken out of
/// its wrapper.
fn unwrapped<F>(function: &Foreign<F>) -> rusqlite::Result<&F> {
    function.get().ok_or(rusqlite::Error::InvalidQuery)
}

pub(super) fn user_function_error(error: Error) -> rusqlite::Error {
    LAST_MESSAGE.set(error.to_string());
    rusqlite::Error::UserFunctionError(error.into())
}
