//! The forms in which other programs store times, UUIDs and decimals, each as a type. The derive
//! chooses the type by the text of `#[column(time = "…")]`, `uuid = "…"` or `decimal = "…"`.

use super::{HasDate, HasTime, IsDecimal, IsSpan, IsTimeOfDay, IsUuid, Sorted, SqlType, Unsorted};
use crate::value::{Encoding, Fraction, Zone};

/// An encoding of another program, in which a value of type `T` can be stored.
#[diagnostic::on_unimplemented(
    message = "a `{T}` cannot be stored in the form that the attribute names",
    label = "the form is for values of another type",
    note = "`unix_seconds`, `julian`, `datetime` and `iso8601` are for dates with a time of day, `time` for times of day, `seconds`, `millis` and `micros` for spans",
    note = "a date without a time of day needs no attribute: it is stored as `2026-01-05`, as by most programs"
)]
pub trait Encodes<T>: Send + 'static {
    /// The encoding that this type stands for, as a value.
    const ENCODING: Encoding;
    /// [`Sorted`] if the encoded values sort in the database like the values of `T`, or else
    /// [`Unsorted`].
    type Order;
}

/// `unix_seconds`, `unix_millis` and so on: the time since the beginning of 1970 as a number of
/// units, of which a second has `PER_SECOND`.
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

/// `datetime` and `iso8601`: a date and a time of day as text. It sorts in the order of time,
/// except where [`UnsortedText`] wraps this type.
///
/// `SEPARATOR` stands between the date and the time of day. `ZONE` is `'+'` for the suffix
/// `+00:00`, `'Z'` for the suffix `Z`, or a space for no suffix. The allowed numbers of decimal
/// places of the seconds are `MIN`, `MIN + STEP` and so on up to `MAX`. Of these, the smallest
/// that shows the whole fraction is used.
#[derive(Debug)]
pub enum DateTimeText<const SEPARATOR: char, const ZONE: char, const MIN: u8, const STEP: u8, const MAX: u8> {}

#[diagnostic::do_not_recommend]
impl<T, const SEPARATOR: char, const ZONE: char, const MIN: u8, const STEP: u8, const MAX: u8> Encodes<T>
    for DateTimeText<SEPARATOR, ZONE, MIN, STEP, MAX>
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
        fraction: Fraction { min: MIN, step: STEP, max: MAX },
    };
    type Order = Sorted;
}

/// Marks the encoding `X` as unsorted: a [`DateTimeText`] that ends with `Z` after a fraction of
/// variable length. Its texts do not sort in the order of time: `10:00:00Z` sorts after
/// `10:00:00.5Z`.
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

/// `time`: a time of day as text. The parameters are those of [`DateTimeText`].
#[derive(Debug)]
pub enum TimeText<const MIN: u8, const STEP: u8, const MAX: u8> {}

#[diagnostic::do_not_recommend]
impl<T: IsTimeOfDay, const MIN: u8, const STEP: u8, const MAX: u8> Encodes<T> for TimeText<MIN, STEP, MAX> {
    const ENCODING: Encoding = Encoding::TimeOfDay(Fraction { min: MIN, step: STEP, max: MAX });
    type Order = Sorted;
}

/// `seconds`, `millis` and `micros`: a span of time as a number of units, of which a second has
/// `PER_SECOND`.
#[derive(Debug)]
pub enum SpanIn<const PER_SECOND: u32> {}

#[diagnostic::do_not_recommend]
impl<T: IsSpan, const PER_SECOND: u32> Encodes<T> for SpanIn<PER_SECOND> {
    const ENCODING: Encoding = Encoding::Span { per_second: PER_SECOND };
    type Order = Sorted;
}

/// `uuid = "text"`, `"upper"` and `"simple"`: a UUID as text, in lower or upper case, with or
/// without hyphens.
#[derive(Debug)]
pub enum UuidText<const HYPHENS: bool, const UPPER: bool> {}

#[diagnostic::do_not_recommend]
impl<T: IsUuid, const HYPHENS: bool, const UPPER: bool> Encodes<T> for UuidText<HYPHENS, UPPER> {
    const ENCODING: Encoding = Encoding::Uuid { hyphens: HYPHENS, upper: UPPER };
    type Order = Sorted;
}

/// `decimal = "real"`: a decimal as the nearest floating-point number.
#[derive(Debug)]
pub enum DecimalReal {}

#[diagnostic::do_not_recommend]
impl<T: IsDecimal> Encodes<T> for DecimalReal {
    const ENCODING: Encoding = Encoding::DecimalReal;
    type Order = Sorted;
}

/// `decimal = "text(2)"`: a decimal as text with `PLACES` decimal places.
#[derive(Debug)]
pub enum DecimalText<const PLACES: u32> {}

#[diagnostic::do_not_recommend]
impl<T: IsDecimal, const PLACES: u32> Encodes<T> for DecimalText<PLACES> {
    const ENCODING: Encoding = Encoding::DecimalText(PLACES);
    type Order = Unsorted;
}
