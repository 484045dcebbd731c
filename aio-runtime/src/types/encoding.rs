//! The forms in which other programs store values, each as a type: what `#[column(time = "…")]`
//! and its like make of their words.

use super::{HasDate, HasTime, IsDecimal, IsSpan, IsTimeOfDay, IsUuid, Sorted, SqlType, Unsorted};
use crate::value::{Encoding, Fraction, Zone};

/// A form in which a value of type `T` can be stored.
#[diagnostic::on_unimplemented(
    message = "a `{T}` is not stored in the form that the attribute says",
    label = "the form is one of another type",
    note = "`unix_seconds`, `julian`, `datetime` and `iso8601` are for dates with a time of day, `time` for times of day, `seconds`, `millis` and `micros` for spans",
    note = "a date alone is stored as `2026-01-05` by itself, as by most programs"
)]
pub trait Encodes<T>: Send + 'static {
    /// The form.
    const ENCODING: Encoding;
    /// Whether it sorts as time does.
    type Order;
}

/// `unix_seconds` and its like: the units since 1970, so many to the second.
#[derive(Debug)]
pub enum UnixTime<const PER_SECOND: u32> {}

#[diagnostic::do_not_recommend]
impl<T: HasDate + HasTime, const PER_SECOND: u32> Encodes<T> for UnixTime<PER_SECOND> {
    const ENCODING: Encoding = Encoding::UnixTime { per_second: PER_SECOND };
    type Order = Sorted;
}

/// `julian`: the Julian day with its fraction.
#[derive(Debug)]
pub enum JulianDay {}

#[diagnostic::do_not_recommend]
impl<T: HasDate + HasTime> Encodes<T> for JulianDay {
    const ENCODING: Encoding = Encoding::JulianDay;
    type Order = Sorted;
}

/// `datetime` and `iso8601`: date and time of day as text that sorts as time does.
///
/// `ZONE` is `'+'` for `+00:00`, `'Z'`, or a space for none. The digits behind the seconds are the
/// fewest of `LEAST`, `LEAST + STEP` and so on that show the fraction whole, and at most `MOST`.
#[derive(Debug)]
pub enum DateTimeText<const SEPARATOR: char, const ZONE: char, const LEAST: u8, const STEP: u8, const MOST: u8> {}

#[diagnostic::do_not_recommend]
impl<T, const SEPARATOR: char, const ZONE: char, const LEAST: u8, const STEP: u8, const MOST: u8> Encodes<T>
    for DateTimeText<SEPARATOR, ZONE, LEAST, STEP, MOST>
where
    T: HasDate + HasTime,
{
    const ENCODING: Encoding = Encoding::DateTime {
        separator: SEPARATOR,
        zone: match ZONE {
            '+' => Zone::Offset,
            'Z' => Zone::Z,
            _ => Zone::None,
        },
        fraction: Fraction { least: LEAST, step: STEP, most: MOST },
    };
    type Order = Sorted;
}

/// A text as [`DateTimeText`] that ends with `Z` behind a fraction of various length, so that
/// `10:00:00Z` stands behind `10:00:00.5Z`.
#[derive(Debug)]
pub struct UnsortedText<X>(std::marker::PhantomData<X>);

#[diagnostic::do_not_recommend]
impl<T: SqlType, X: Encodes<T>> Encodes<T> for UnsortedText<X>
where
    X: Send,
{
    const ENCODING: Encoding = X::ENCODING;
    type Order = Unsorted;
}

/// `time`: a time of day as text.
#[derive(Debug)]
pub enum TimeText<const LEAST: u8, const STEP: u8, const MOST: u8> {}

#[diagnostic::do_not_recommend]
impl<T: IsTimeOfDay, const LEAST: u8, const STEP: u8, const MOST: u8> Encodes<T> for TimeText<LEAST, STEP, MOST> {
    const ENCODING: Encoding = Encoding::TimeOfDay(Fraction { least: LEAST, step: STEP, most: MOST });
    type Order = Sorted;
}

/// `seconds`, `millis` and `micros`: a span of time in units, so many to the second.
#[derive(Debug)]
pub enum SpanIn<const PER_SECOND: u32> {}

#[diagnostic::do_not_recommend]
impl<T: IsSpan, const PER_SECOND: u32> Encodes<T> for SpanIn<PER_SECOND> {
    const ENCODING: Encoding = Encoding::Span { per_second: PER_SECOND };
    type Order = Sorted;
}

/// `uuid = "text"` and its like: a UUID as text, with or without hyphens, in small letters or
/// capital ones.
#[derive(Debug)]
pub enum UuidText<const HYPHENS: bool, const UPPER: bool> {}

#[diagnostic::do_not_recommend]
impl<T: IsUuid, const HYPHENS: bool, const UPPER: bool> Encodes<T> for UuidText<HYPHENS, UPPER> {
    const ENCODING: Encoding = Encoding::Uuid { hyphens: HYPHENS, upper: UPPER };
    type Order = Sorted;
}

/// `decimal = "real"`: a decimal as the floating-point number that is nearest to it.
#[derive(Debug)]
pub enum DecimalReal {}

#[diagnostic::do_not_recommend]
impl<T: IsDecimal> Encodes<T> for DecimalReal {
    const ENCODING: Encoding = Encoding::DecimalReal;
    type Order = Sorted;
}

/// `decimal = "text(2)"`: a decimal as text with `PLACES` places.
#[derive(Debug)]
pub enum DecimalText<const PLACES: u32> {}

#[diagnostic::do_not_recommend]
impl<T: IsDecimal, const PLACES: u32> Encodes<T> for DecimalText<PLACES> {
    const ENCODING: Encoding = Encoding::DecimalText(PLACES);
    type Order = Unsorted;
}
