//! Parses times in the text formats of other programs that the library knows.

use super::time::Zone;
use crate::value::civil::Civil;
use crate::value::text_form::Reader;

/// A time that was parsed from a text, with the details of how the text was written.
pub(super) struct FoundTime {
    pub(super) civil: Civil,
    /// The character between the date and the time of day; `None` if there is no date.
    pub(super) separator: Option<char>,
    /// How the text indicates UTC; `None` if it has an offset other than `+00:00`.
    pub(super) zone: Option<Zone>,
    /// The number of seconds by which the time is ahead of UTC.
    pub(super) offset: i64,
    /// The number of decimal places of the seconds.
    pub(super) digits: u8,
}

impl FoundTime {
    /// Parses a text, or returns `None` if it is not a time. Does not check that the date and the
    /// time of day exist.
    pub(super) fn parse(text: &str) -> Option<FoundTime> {
        let mut reader = Reader(text.as_bytes());
        let mut found =
            FoundTime { civil: Civil::default(), separator: None, zone: Some(Zone::None), offset: 0, digits: 0 };
        let civil = &mut found.civil;
        if reader.0.get(4) == Some(&b'-') {
            civil.year = reader.number(4)?.try_into().ok()?;
            reader.literal(b'-')?;
            civil.month = reader.two()?;
            reader.literal(b'-')?;
            civil.day = reader.two()?;
            let separator = *reader.0.first()?;
            reader.literal(separator)?;
            found.separator = Some(char::from(separator)).filter(|separator| [' ', 'T'].contains(separator));
            found.separator?;
        } else {
            (civil.year, civil.month, civil.day) = (1970, 1, 1);
        }
        civil.hour = reader.two()?;
        reader.literal(b':')?;
        civil.minute = reader.two()?;
        reader.literal(b':')?;
        civil.second = reader.two()?;
        if reader.literal(b'.').is_some() {
            let digits = reader.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
            found.digits = u8::try_from(digits).ok().filter(|digits| (1..=9).contains(digits))?;
            civil.nanosecond = reader.number(digits)? * 10_u32.pow(9 - u32::from(found.digits));
        }
        if found.separator.is_some() && reader.literal(b'Z').is_some() {
            found.zone = Some(Zone::Z);
        } else if found.separator.is_some() && !reader.0.is_empty() {
            let written = reader.0;
            let sign = if reader.literal(b'+').is_some() { 1 } else { reader.literal(b'-').map(|()| -1)? };
            let hours = i64::from(reader.two()?);
            reader.literal(b':')?;
            let minutes = i64::from(reader.two()?);
            found.offset = sign * (hours * 3600 + minutes * 60);
            found.zone = (written == b"+00:00").then_some(Zone::Offset);
        }
        reader.0.is_empty().then_some(found)
    }

    /// Returns the whole seconds since the beginning of 1970 in UTC, and the nanoseconds.
    pub(super) fn seconds(&self) -> (i64, u32) {
        (self.civil.seconds() - self.offset, self.civil.nanosecond)
    }
}
