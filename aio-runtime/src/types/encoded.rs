//! Values that are stored as another program stores them: the column type of `#[column(time =
//! "…")]`, `uuid = "…"` and `decimal = "…"`.

use std::fmt;
use std::marker::PhantomData;

use super::encoding::Encodes;
use super::{CurrentTime, Domain, HasDate, HasTime, IsSpan, ReadFrom, SqlType, Summed, Type, Wrapper};
use crate::value::{self, Mismatch, Unstorable, Value, ValueRef};

/// A value that is stored in the encoding `E` of another program: the column type of
/// `#[column(time = "…")]`, `uuid = "…"` and `decimal = "…"`.
///
/// A time is rounded down to the resolution of the encoding wherever it is bound: a column with
/// `unix_seconds` stores whole seconds, and is compared with whole seconds.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table, Value, query};
/// use std::time::{Duration, SystemTime};
///
/// #[derive(Table)]
/// # #[table(crate = "aio_runtime")]
/// struct Visit {
///     #[column(primary_key)]
///     id: i64,
///     #[column(time = "unix_seconds")]
///     at: SystemTime,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = Database::memory().await?;
/// db.create(Visit).await?;
/// let at = SystemTime::UNIX_EPOCH + Duration::from_secs(60);
/// Visit::insert(Visit { id: 1, at }).execute(&db).await?;
/// let stored: i64 = query("select at from visit").scalar(&db).await?;
/// assert_eq!(stored, 60);
/// assert_eq!(Visit::find(1).one(&db).await?.at, at);
/// # db.close().await
/// # }
/// ```
pub struct Encoded<T, E>(pub T, PhantomData<E>);

impl<T, E> Encoded<T, E> {
    /// Wraps a value, so that it is stored in the encoding `E`.
    pub const fn new(value: T) -> Encoded<T, E> {
        Encoded(value, PhantomData)
    }
}

impl<T: Clone, E> Clone for Encoded<T, E> {
    fn clone(&self) -> Encoded<T, E> {
        Encoded::new(self.0.clone())
    }
}

impl<T: Copy, E> Copy for Encoded<T, E> {}

impl<T: PartialEq, E> PartialEq for Encoded<T, E> {
    fn eq(&self, other: &Encoded<T, E>) -> bool {
        self.0 == other.0
    }
}

impl<T: Eq, E> Eq for Encoded<T, E> {}

impl<T: fmt::Debug, E> fmt::Debug for Encoded<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Encoded").field(&self.0).finish()
    }
}

#[diagnostic::do_not_recommend]
impl<T: SqlType, E: Encodes<T>> SqlType for Encoded<T, E> {
    const TYPE: Type = Type::Encoded(E::ENCODING);
    const DOMAIN: Domain = T::DOMAIN;
    type Order = E::Order;
    type Read = T;

    fn to_value(&self) -> Result<Value, Unstorable> {
        Self::value_of(&self.0)
    }

    fn from_value(value: ValueRef<'_>) -> Result<Encoded<T, E>, Mismatch> {
        let own = E::ENCODING.decode(value, kind(T::TYPE))?;
        T::from_value(own.as_ref()).map(Encoded::new)
    }
}

/// Returns the kind of value that a decoder has to return so that the type `ty` can read it.
const fn kind(ty: Type) -> value::EncodedKind {
    match ty {
        Type::Timestamp => value::EncodedKind::Timestamp,
        Type::DateTime => value::EncodedKind::DateTime,
        Type::Time => value::EncodedKind::TimeOfDay,
        Type::Uuid => value::EncodedKind::Uuid,
        Type::Decimal => value::EncodedKind::Decimal,
        _ => value::EncodedKind::Span,
    }
}

impl<T: SqlType, E: Encodes<T>> ReadFrom<Encoded<T, E>> for T {
    #[inline]
    fn read_from(stored: Encoded<T, E>) -> T {
        stored.0
    }
}

impl<T: SqlType, E: Encodes<T>> Wrapper<T> for Encoded<T, E> {
    fn wrap(value: T) -> Encoded<T, E> {
        Encoded::new(value)
    }

    fn unwrap(self) -> T {
        self.0
    }

    fn value_of(value: &T) -> Result<Value, Unstorable> {
        E::ENCODING.encode(&value.to_value()?)
    }
}

#[diagnostic::do_not_recommend]
impl<T: IsSpan, E: Encodes<T>> Summed for Encoded<T, E> {
    type Sum = Encoded<T, E>;
}

#[diagnostic::do_not_recommend]
impl<T: HasDate, E: Encodes<T>> HasDate for Encoded<T, E> {}

#[diagnostic::do_not_recommend]
impl<T: HasTime, E: Encodes<T>> HasTime for Encoded<T, E> {}

#[diagnostic::do_not_recommend]
impl<T: CurrentTime, E: Encodes<T>> CurrentTime for Encoded<T, E> {
    fn now() -> Encoded<T, E> {
        Encoded::new(T::now())
    }
}
