//! The parts of an interval of PostgreSQL, and their text form, which is that of the server.

/// The parts of an interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct IntervalParts {
    pub(crate) months: i32,
    pub(crate) days: i32,
    pub(crate) microseconds: i64,
}

const SECOND: u64 = 1_000_000;

impl IntervalParts {
    /// Returns the text form, such as `1 year 2 mons -3 days +04:05:06.5`.
    pub(crate) fn text_form(self) -> String {
        let mut parts = Vec::new();
        let mut is_before_negative = false;
        for (number, unit) in [(self.months / 12, "year"), (self.months % 12, "mon"), (self.days, "day")] {
            if number != 0 {
                let plus = if is_before_negative && number > 0 { "+" } else { "" };
                let plural = if number == 1 { "" } else { "s" };
                parts.push(format!("{plus}{number} {unit}{plural}"));
                is_before_negative = number < 0;
            }
        }
        if self.microseconds != 0 || parts.is_empty() {
            let sign = match self.microseconds < 0 {
                true => "-",
                false if is_before_negative => "+",
                false => "",
            };
            let (seconds, fraction) =
                (self.microseconds.unsigned_abs() / SECOND, self.microseconds.unsigned_abs() % SECOND);
            let mut time = format!("{sign}{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
            if fraction != 0 {
                time.push_str(format!(".{fraction:06}").trim_end_matches('0'));
            }
            parts.push(time);
        }
        parts.join(" ")
    }

    /// Parses a text form. Returns `None` for any other text.
    pub(crate) fn parse(text: &str) -> Option<IntervalParts> {
        let mut parts = IntervalParts::default();
        let mut words = text.split(' ');
        while let Some(word) = words.next() {
            if word.contains(':') {
                parts.microseconds = time(word)?;
                return words.next().is_none().then_some(parts);
            }
            let number: i32 = word.parse().ok()?;
            match words.next()?.trim_end_matches('s') {
                "year" => parts.months = parts.months.checked_add(number.checked_mul(12)?)?,
                "mon" => parts.months = parts.months.checked_add(number)?,
                "day" => parts.days = number,
                _ => return None,
            }
        }
        Some(parts)
    }
}

/// Parses the time of an interval, such as `-04:05:06.5`.
fn time(text: &str) -> Option<i64> {
    let (is_negative, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = whole.split(':');
    let mut number = || parts.next().filter(|part| is_digits(part))?.parse::<u64>().ok();
    let (hours, minutes, seconds) = (number()?, number()?, number()?);
    if parts.next().is_some() || fraction.len() > 6 || !is_digits(fraction) {
        return None;
    }
    let fraction: u64 = format!("{fraction:0<6}").parse().ok()?;
    let seconds = hours.checked_mul(3_600)?.checked_add(minutes.checked_mul(60)?)?.checked_add(seconds)?;
    let microseconds = seconds.checked_mul(SECOND)?.checked_add(fraction)?;
    match is_negative {
        true => 0_i64.checked_sub_unsigned(microseconds),
        false => microseconds.try_into().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::IntervalParts;

    #[test]
    fn each_interval_has_a_text_of_its_own() {
        let numbers = [0, 1, -1, 11, -12, 14, i32::MAX, i32::MIN];
        let microseconds = [0, 1, -1, 1_500_000, -3_600_000_000, 86_400_000_000, i64::MAX, i64::MIN];
        for months in numbers {
            for days in numbers {
                for microseconds in microseconds {
                    let parts = IntervalParts { months, days, microseconds };
                    let text = parts.text_form();
                    assert_eq!(IntervalParts::parse(&text), Some(parts), "{text}");
                }
            }
        }
        let parts = IntervalParts { months: -13, days: 2, microseconds: 1 };
        assert_eq!(parts.text_form(), "-1 years -1 mons +2 days 00:00:00.000001");
        assert_eq!(IntervalParts::default().text_form(), "00:00:00");
    }

    #[test]
    fn other_texts_are_no_intervals() {
        for text in [
            " ",
            "1",
            "1 week",
            "day",
            "1:2",
            "00:00:00 1 day",
            "infinity",
            "00:00:00.0000001",
            "a:b:c",
            "99999999999 days",
        ] {
            assert_eq!(IntervalParts::parse(text), None, "{text}");
        }
    }
}
