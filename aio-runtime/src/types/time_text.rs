//! The text form of dates and times, one width for each so that it sorts as time does.
//!
//! | what | form |
//! |---|---|
//! | a point in time | `2013-01-01T10:00:00.000000000Z`, in UTC |
//! | date and time of day | `2013-01-01T10:00:00.000000000` |
//! | date | `2013-01-01` |
//! | time of day | `10:00:00.000000000` |
//!
//! Every crate's types are turned into [`Civil`] and back here, so that they have the very same
//! form.

use crate::value::{Mismatch, Unstorable, Value, ValueRef};

/// A date and a time of day, in parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i32,
    pub(super) month: u8,
    pub(super) day: u8,
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
    pub(super) nanosecond: u32,
}

/// What of a [`Civil`] is written. The standard library has only the first.
#[cfg_attr(not(any(feature = "jiff", feature = "chrono", feature = "time")), allow(dead_code))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Timestamp,
    DateTime,
    Date,
    Time,
}

impl Form {
    const fn expected(self) -> &'static str {
        match self {
            Form::Timestamp => "a timestamp like 2013-01-01T10:00:00.000000000Z",
            Form::DateTime => "a date and time like 2013-01-01T10:00:00.000000000",
            Form::Date => "a date like 2013-01-01",
            Form::Time => "a time like 10:00:00.000000000",
        }
    }
}

impl Civil {
    /// The stored form.
    pub(super) fn to_value(self, form: Form) -> Result<Value, Unstorable> {
        if form != Form::Time && !(0..=9999).contains(&self.year) {
            return Err(Unstorable::new("cannot hold a year outside 0000 to 9999: its text would not sort"));
        }
        let Civil { year, month, day, hour, minute, second, nanosecond } = self;
        Ok(Value::Text(match form {
            Form::Timestamp => {
                format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanosecond:09}Z")
            }
            Form::DateTime => {
                format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanosecond:09}")
            }
            Form::Date => format!("{year:04}-{month:02}-{day:02}"),
            Form::Time => format!("{hour:02}:{minute:02}:{second:02}.{nanosecond:09}"),
        }))
    }

    /// Reads the stored form, and no other; whether the parts are a date is for the crate to say,
    /// by `make`.
    pub(super) fn read<T>(
        value: ValueRef<'_>,
        form: Form,
        make: impl FnOnce(Civil) -> Option<T>,
    ) -> Result<T, Mismatch> {
        let ValueRef::Text(text) = value else { return Err(super::mismatch(form.expected(), value)) };
        Civil::parse(text.as_bytes(), form).and_then(make).ok_or_else(|| Mismatch::new(form.expected(), "another text"))
    }

    fn parse(text: &[u8], form: Form) -> Option<Civil> {
        let mut reader = Reader(text);
        let mut civil = Civil::default();
        if form != Form::Time {
            civil.year = reader.number(4)?.try_into().ok()?;
            reader.literal(b'-')?;
            civil.month = reader.two()?;
            reader.literal(b'-')?;
            civil.day = reader.two()?;
        }
        if matches!(form, Form::Timestamp | Form::DateTime) {
            reader.literal(b'T')?;
        }
        if form != Form::Date {
            civil.hour = reader.two()?;
            reader.literal(b':')?;
            civil.minute = reader.two()?;
            reader.literal(b':')?;
            civil.second = reader.two()?;
            reader.literal(b'.')?;
            civil.nanosecond = reader.number(9)?;
        }
        if form == Form::Timestamp {
            reader.literal(b'Z')?;
        }
        reader.0.is_empty().then_some(civil)
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn number(&mut self, digits: usize) -> Option<u32> {
        let (head, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        head.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0')))
    }

    fn two(&mut self) -> Option<u8> {
        self.number(2)?.try_into().ok()
    }

    fn literal(&mut self, byte: u8) -> Option<()> {
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(())
    }
}

/// A span of time, stored as its nanoseconds.
#[cfg(any(feature = "jiff", feature = "chrono", feature = "time"))]
pub(super) fn nanoseconds(nanoseconds: i128) -> Result<Value, Unstorable> {
    i64::try_from(nanoseconds)
        .map(Value::Integer)
        .map_err(|_| Unstorable::new("cannot hold a span of more than 292 years: its nanoseconds do not fit an `i64`"))
}

/// Implements `SqlType` for a type with one of the text forms.
#[cfg(any(feature = "jiff", feature = "chrono", feature = "time"))]
macro_rules! time_text {
    ($($type:ty, $form:ident, |$value:ident| $civil:expr, |$parts:ident| $make:expr;)+) => { $(
        #[diagnostic::do_not_recommend]
        impl SqlType for $type {
            const TYPE: Type = Type::$form;
            type Order = Sorted;

            fn to_value(&self) -> Result<Value, Unstorable> {
                let $value = *self;
                let civil: Result<Civil, Unstorable> = $civil;
                civil?.to_value(Form::$form)
            }

            fn from_value(value: ValueRef<'_>) -> Result<Self, Mismatch> {
                Civil::read(value, Form::$form, |$parts| $make)
            }
        }

        time_text!(@parts $form $type);
    )+ };
    (@parts Date $type:ty) => {
        #[diagnostic::do_not_recommend]
        impl super::HasDate for $type {}
    };
    (@parts Time $type:ty) => {
        #[diagnostic::do_not_recommend]
        impl super::HasTime for $type {}
    };
    (@parts $both:ident $type:ty) => {
        time_text!(@parts Date $type);
        time_text!(@parts Time $type);
    };
}

/// Implements `SqlType` for a span of time.
#[cfg(any(feature = "jiff", feature = "chrono", feature = "time"))]
macro_rules! time_span {
    ($type:ty, |$value:ident| $nanoseconds:expr, $make:expr) => {
        #[diagnostic::do_not_recommend]
        impl SqlType for $type {
            const TYPE: Type = Type::Integer;
            type Order = Sorted;

            fn to_value(&self) -> Result<Value, Unstorable> {
                let $value = *self;
                nanoseconds($nanoseconds)
            }

            fn from_value(value: ValueRef<'_>) -> Result<Self, Mismatch> {
                i64::from_value(value).map($make)
            }
        }
    };
}

#[cfg(any(feature = "jiff", feature = "chrono", feature = "time"))]
pub(super) use {time_span, time_text};
