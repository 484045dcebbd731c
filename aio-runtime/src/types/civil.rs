//! Dates and times of the crates that have them, in parts.
//!
//! Every crate's types are turned into [`Civil`] and back here, so that they are the very same
//! values.

#[cfg(any(feature = "jiff", feature = "chrono", feature = "time"))]
use crate::value::Unstorable;
use crate::value::Value;
use crate::value::{Civil, Encoded, Mismatch, TimeForm, ValueRef, found, in_any_form};

/// Returns the value of a date or a time.
///
/// # Errors
/// That the year is none that is stored.
#[cfg(any(feature = "jiff", feature = "chrono", feature = "time"))]
pub(super) fn to_value(civil: Civil, form: TimeForm) -> Result<Value, Unstorable> {
    let value = match form {
        TimeForm::Timestamp => Value::Timestamp { seconds: civil.seconds(), nanosecond: civil.nanosecond },
        TimeForm::DateTime => Value::DateTime { seconds: civil.seconds(), nanosecond: civil.nanosecond },
        TimeForm::Date => Value::Date { days: i32::try_from(civil.days()).unwrap_or(i32::MAX) },
        TimeForm::Time => {
            let seconds = civil.second_of_day().cast_unsigned();
            Value::Time { nanoseconds: seconds * 1_000_000_000 + u64::from(civil.nanosecond) }
        }
    };
    value.storable()
}

/// Reads a date or a time from a value of its kind, or from its text form and no other; whether
/// the parts are a date is for the crate to say, by `make`.
pub(super) fn read<T>(
    value: ValueRef<'_>,
    form: TimeForm,
    make: impl FnOnce(Civil) -> Option<T>,
) -> Result<T, Mismatch> {
    let civil = match (form, value) {
        (_, ValueRef::Text(text)) => Civil::parse(text, form),
        (TimeForm::Timestamp, ValueRef::Timestamp { seconds, nanosecond })
        | (TimeForm::DateTime, ValueRef::DateTime { seconds, nanosecond }) => Civil::of_seconds(seconds, nanosecond),
        (TimeForm::Date, ValueRef::Date { days }) => Civil::of_days(days.into()),
        (TimeForm::Time, ValueRef::Time { nanoseconds }) => Some(Civil::of_nanoseconds(nanoseconds)),
        _ => return Err(refused(value, form)),
    };
    civil.and_then(make).ok_or_else(|| match value {
        ValueRef::Text(_) => refused(value, form),
        _ => Mismatch::new(form.expected(), "one past its limits"),
    })
}

/// The error for a value that is none of the library's own form. It names the attribute that reads
/// it, if it has the form of another program.
#[cold]
fn refused(value: ValueRef<'_>, form: TimeForm) -> Mismatch {
    let found = match (kind(form), value) {
        (Some(kind), value) => found(value, kind),
        (None, ValueRef::Text(_)) => "another text".to_owned(),
        (None, value) => value.kind().to_owned(),
    };
    Mismatch::new(form.expected(), found)
}

/// Reads a text in the form of another program that says by itself which time it is.
pub(super) fn other_form(value: ValueRef<'_>, form: TimeForm) -> Option<Value> {
    in_any_form(value, kind(form)?)
}

fn kind(form: TimeForm) -> Option<Encoded> {
    Some(match form {
        TimeForm::Timestamp => Encoded::Timestamp,
        TimeForm::DateTime => Encoded::DateTime,
        TimeForm::Time => Encoded::TimeOfDay,
        TimeForm::Date => return None,
    })
}

/// A span of time, stored as its nanoseconds.
#[cfg(any(feature = "jiff", feature = "chrono", feature = "time"))]
pub(super) fn nanoseconds(nanoseconds: i128) -> Result<Value, Unstorable> {
    i64::try_from(nanoseconds)
        .map(Value::Integer)
        .map_err(|_| Unstorable::new("cannot hold a span of more than 292 years: its nanoseconds do not fit an `i64`"))
}

/// Implements `SqlType` for a type that is a date or a time.
#[cfg(any(feature = "jiff", feature = "chrono", feature = "time"))]
macro_rules! civil_types {
    ($($type:ty, $form:ident, |$value:ident| $civil:expr, |$parts:ident| $make:expr;)+) => { $(
        #[diagnostic::do_not_recommend]
        impl SqlType for $type {
            const TYPE: Type = Type::$form;
            type Order = Sorted;
            type Read = Self;

            fn to_value(&self) -> Result<Value, Unstorable> {
                let $value = *self;
                let civil: Result<Civil, Unstorable> = $civil;
                to_value(civil?, TimeForm::$form)
            }

            fn from_value(value: ValueRef<'_>) -> Result<Self, Mismatch> {
                read(value, TimeForm::$form, |$parts| $make)
            }

            fn from_other_form(value: ValueRef<'_>) -> Option<Self> {
                super::civil::other_form(value, TimeForm::$form).and_then(|value| Self::from_value(value.as_ref()).ok())
            }
        }

        civil_types!(@parts $form $type);
    )+ };
    (@parts Date $type:ty) => {
        #[diagnostic::do_not_recommend]
        impl super::HasDate for $type {}
    };
    (@parts Time $type:ty) => {
        #[diagnostic::do_not_recommend]
        impl super::HasTime for $type {}

        #[diagnostic::do_not_recommend]
        impl super::IsTimeOfDay for $type {}
    };
    (@parts $both:ident $type:ty) => {
        civil_types!(@parts Date $type);

        #[diagnostic::do_not_recommend]
        impl super::HasTime for $type {}
    };
}

/// Implements `SqlType` for a span of time.
#[cfg(any(feature = "jiff", feature = "chrono", feature = "time"))]
macro_rules! time_span {
    ($type:ty, |$value:ident| $nanoseconds:expr, $make:expr) => {
        #[diagnostic::do_not_recommend]
        impl SqlType for $type {
            const TYPE: Type = Type::Integer;
            const IS_SPAN: bool = true;
            type Order = Sorted;
            type Read = Self;

            fn to_value(&self) -> Result<Value, Unstorable> {
                let $value = *self;
                nanoseconds($nanoseconds)
            }

            fn from_value(value: ValueRef<'_>) -> Result<Self, Mismatch> {
                i64::from_value(value).map($make)
            }
        }

        #[diagnostic::do_not_recommend]
        impl super::IsSpan for $type {}
    };
}

#[cfg(any(feature = "jiff", feature = "chrono", feature = "time"))]
pub(super) use {civil_types, time_span};
