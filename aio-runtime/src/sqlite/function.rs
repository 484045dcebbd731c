//! Functions written in Rust, which statements call by their names.

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

/// Who may call a function (<https://sqlite.org/c3ref/c_deterministic.html>).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Callers {
    /// Statements, and nothing that stands in the file.
    Statements,
    /// Indexes, checks, generated columns, triggers and views too.
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

/// What registers a function of single values on a connection. It gives the same for the same
/// arguments.
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
            called(|| result(of(&function)?(arguments(context)?)))
        })
    })
}

/// What registers a function of many rows on a connection.
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
        called(|| Ok(AssertUnwindSafe(Foreign::new((of(&self.parts)?.0)()))))
    }

    fn step(&self, context: &mut Context<'_>, state: &mut AssertUnwindSafe<Foreign<S>>) -> rusqlite::Result<()> {
        let step = &of(&self.parts)?.1;
        let arguments = called(|| arguments(context))?;
        state.0.with(|state| step(state, arguments)).unwrap_or(Ok(())).map_err(panicked)
    }

    fn finalize(&self, _: &mut Context<'_>, state: Option<AssertUnwindSafe<Foreign<S>>>) -> rusqlite::Result<RawValue> {
        called(|| {
            let (begin, _, end) = of(&self.parts)?;
            let state = state.and_then(|mut state| state.0.take()).unwrap_or_else(begin);
            result(end(state))
        })
    }
}

fn arity<A: FromRow>() -> i32 {
    i32::try_from(A::WIDTH).unwrap_or(i32::MAX)
}

/// The arguments, read as the columns of a row are.
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
    A::from_row(&mut RowRef::new(&batch, 0, &labels)).map_err(failed)
}

fn result<R: ColumnType>(value: R) -> rusqlite::Result<RawValue> {
    let value = value.into_column_value().map_err(|reason| failed(reason.into_error()))?;
    Ok(into_stored(value))
}

thread_local! {
    /// What a function of this thread's connection has failed with.
    static SAID: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Whether one of these functions has said so: its words show no value.
pub(super) fn said(words: &str) -> bool {
    SAID.with_borrow(|said| said == words)
}

/// Calls the user's code. rusqlite would catch a panic, too, but not one of what it panics with.
fn called<T>(code: impl FnOnce() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    caught(code).unwrap_or_else(|panic| Err(panicked(panic)))
}

/// What it says in its panic is left out, for it may quote an argument.
fn panicked(_: Panic) -> rusqlite::Error {
    failed(Error::new(ErrorKind::Panic, "a function written in Rust panicked"))
}

/// The user's code, which nobody takes out.
fn of<F>(function: &Foreign<F>) -> rusqlite::Result<&F> {
    function.get().ok_or(rusqlite::Error::InvalidQuery)
}

pub(super) fn failed(error: Error) -> rusqlite::Error {
    SAID.set(error.to_string());
    rusqlite::Error::UserFunctionError(error.into())
}
