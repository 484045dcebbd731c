//! The conversions that the date and time types of jiff, chrono, time and the standard library
//! share.
//!
//! Each type is converted to and from [`Civil`], so that the stored values do not depend on the
//! crate of the type.

#[cfg(any(feature = "jiff", feature = "chrono", feature = "time"))]
use crate::value::Unstorable;
use crate::value::Value;
use crate::value::{Civil, EncodedKind, Mismatch, TimeForm, ValueRef, found, in_any_form};

/// Converts a date or a time to the value to store, whose type is `form`.
///
/// # Errors
/// If the year is outside 0000 to 9999, or for a leap second.
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

/// Converts a value that the database returned, of the type `form` or the text in which the
/// library stores such a value, to a date or a time. `make` creates the crate's type, and returns
/// `None` if the date or the time does not exist or is outside the limits of the type.
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
        _ => return Err(wrong_form(value, form)),
    };
    civil.and_then(make).ok_or_else(|| match value {
        ValueRef::Text(_) => wrong_form(value, form),
        _ => Mismatch::new(form.expected(), "one outside the limits of the Rust type"),
    })
}

/// Returns the error for a value that is not in the library's own form. If the value is in the
/// encoding of another program, the error names the attribute for that encoding.
#[cold]
fn wrong_form(value: ValueRef<'_>, form: TimeForm) -> Mismatch {
    let found = match (kind(form), value) {
        (Some(kind), value) => found(value, kind),
        (None, ValueRef::Text(_)) => "another text".to_owned(),
        (None, value) => value.kind().to_owned(),
    };
    Mismatch::new(form.expected(), found)
}

/// Converts a value in the encoding of another program to the library's own form. Returns `None`
/// if the value is in no such encoding, or if several encodings are possible.
pub(super) fn other_form(value: ValueRef<'_>, form: TimeForm) -> Option<Value> {
    in_any_form(value, kind(form)?)
}

fn kind(form: TimeForm) -> Option<EncodedKind> {
    Some(match form {
        TimeForm::Timestamp => EncodedKind::Timestamp,
        TimeForm::DateTime => EncodedKind::DateTime,
        TimeForm::Time => EncodedKind::TimeOfDay,
        TimeForm::Date => return None,
    })
}

/// Converts the nanoseconds of a span of time to the value to store.
#[cfg(any(feature = "jiff", feature = "chrono", feature = "time"))]
pub(super) fn nanoseconds(nanoseconds: i128) -> Result<Value, Unstorable> {
    i64::try_from(nanoseconds).map(Value::Integer).map_err(|_| {
        Unstorable::new("cannot hold a span of more than 292 years: its nanoseconds do not fit into an `i64`")
    })
}

/// Implements `SqlType`, and the traits that say which parts a type has, for types of dates and
/// times.
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

/// Implements `SqlType` for a type of time spans.
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

        #[diagnostic::do_not_recommend]
        impl super::Summed for $type {
            type Sum = $type;
        }
    };
}

#[cfg(any(feature = "jiff", feature = "chrono", feature = "time"))]
pub(super) use {civil_types, time_span};
