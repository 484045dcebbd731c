//! The words of `time = "…"`: the forms in which other programs store times.
//!
//! A word is the name of a form, for texts followed by the number of the digits behind the seconds
//! in parentheses and by what says UTC: `datetime(6)`, `iso8601(0|3|6|9)+00:00`.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::name::{nearest, quoted};

/// A form of `time = "…"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeForm {
    /// Units since 1970, so many to the second.
    Unix(u32),
    Julian,
    /// A date and a time of day as text.
    DateTime {
        separator: char,
        zone: char,
        digits: Digits,
    },
    /// A time of day as text.
    TimeOfDay(Digits),
    /// A span in units, so many to the second.
    Span(u32),
}

/// How many digits stand behind the seconds: the fewest that show the fraction whole, of `least`,
/// `least + step` and so on to `most`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digits {
    least: u8,
    step: u8,
    most: u8,
}

/// The words that name a form of numbers.
const NUMBERS: [(&str, TimeForm); 8] = [
    ("unix_seconds", TimeForm::Unix(1)),
    ("unix_millis", TimeForm::Unix(1_000)),
    ("unix_micros", TimeForm::Unix(1_000_000)),
    ("unix_nanos", TimeForm::Unix(1_000_000_000)),
    ("julian", TimeForm::Julian),
    ("seconds", TimeForm::Span(1)),
    ("millis", TimeForm::Span(1_000)),
    ("micros", TimeForm::Span(1_000_000)),
];

/// The words with which a form of text begins.
const TEXTS: [&str; 3] = ["datetime", "iso8601", "time"];

/// Words that other programs have for these forms, and those of this list.
const HINTS: [(&str, &str); 7] = [
    ("unix", "unix_seconds"),
    ("timestamp", "unix_seconds` or `datetime"),
    ("epoch", "unix_seconds"),
    ("unixepoch", "unix_seconds"),
    ("rfc3339", "iso8601+00:00` or `iso8601Z"),
    ("iso", "iso8601"),
    ("text", "datetime"),
];

impl TimeForm {
    /// Reads a word.
    ///
    /// # Errors
    /// What to write in its place.
    pub(crate) fn parse(word: &str) -> Result<TimeForm, String> {
        if let Some((_, form)) = NUMBERS.iter().find(|(name, _)| *name == word) {
            return Ok(*form);
        }
        let Some((name, rest)) = TEXTS.iter().find_map(|name| Some((*name, word.strip_prefix(name)?))) else {
            return Err(unknown(word));
        };
        let (digits, zone) = match rest.strip_prefix('(') {
            Some(rest) => {
                let Some((digits, zone)) = rest.split_once(')') else { return Err(unknown(word)) };
                (Some(Digits::parse(digits).ok_or_else(|| wrong_digits(name, digits))?), zone)
            }
            None => (None, rest),
        };
        let zone = match zone {
            "" => ' ',
            "+00:00" => '+',
            "Z" => 'Z',
            _ => return Err(unknown(word)),
        };
        // Those of Python and SQLite, or those of JavaScript.
        let usual = if zone == 'Z' { Digits::of(3) } else { Digits { least: 0, step: 6, most: 6 } };
        let digits = digits.unwrap_or(usual);
        match name {
            "time" if zone != ' ' => Err("a time of day has no time zone: write `time`".to_owned()),
            "time" => Ok(TimeForm::TimeOfDay(digits)),
            "datetime" => Ok(TimeForm::DateTime { separator: ' ', zone, digits }),
            _ => Ok(TimeForm::DateTime { separator: 'T', zone, digits }),
        }
    }

    /// Writes the type of the form.
    pub(crate) fn marker(self, krate: &TokenStream, span: Span) -> TokenStream {
        let number = |number: u32| Literal::u32_unsuffixed(number);
        match self {
            TimeForm::Unix(per_second) => {
                let per_second = number(per_second);
                quote_spanned!(span=> #krate::encoding::UnixTime<#per_second>)
            }
            TimeForm::Julian => quote_spanned!(span=> #krate::encoding::JulianDay),
            TimeForm::Span(per_second) => {
                let per_second = number(per_second);
                quote_spanned!(span=> #krate::encoding::SpanIn<#per_second>)
            }
            TimeForm::TimeOfDay(digits) => {
                let digits = digits.arguments();
                quote_spanned!(span=> #krate::encoding::TimeText<#digits>)
            }
            TimeForm::DateTime { separator, zone, digits } => {
                let arguments = digits.arguments();
                let text = quote_spanned!(span=> #krate::encoding::DateTimeText<#separator, #zone, #arguments>);
                if zone == 'Z' && digits.least != digits.most {
                    quote_spanned!(span=> #krate::encoding::UnsortedText<#text>)
                } else {
                    text
                }
            }
        }
    }
}

impl Digits {
    const fn of(digits: u8) -> Digits {
        Digits { least: digits, step: 1, most: digits }
    }

    /// Reads `6`, `0|3|6|9` or `0..9`.
    fn parse(text: &str) -> Option<Digits> {
        let number = |text: &str| text.parse::<u8>().ok().filter(|digits| *digits <= 9);
        if let Some((least, most)) = text.split_once("..") {
            let (least, most) = (number(least)?, number(most)?);
            return (least < most).then_some(Digits { least, step: 1, most });
        }
        let numbers: Vec<u8> = text.split('|').map(number).collect::<Option<_>>()?;
        let (least, most) = (*numbers.first()?, *numbers.last()?);
        let step = numbers.get(1).map_or(Some(1), |next| next.checked_sub(least)).filter(|step| *step > 0)?;
        let even = numbers.windows(2).all(|pair| pair[0] + step == pair[1]);
        even.then_some(Digits { least, step, most })
    }

    fn arguments(self) -> TokenStream {
        let [least, step, most] = [self.least, self.step, self.most].map(Literal::u8_unsuffixed);
        quote!(#least, #step, #most)
    }
}

fn unknown(word: &str) -> String {
    let unknown = format!("`time` has no form `{word}`");
    let names = NUMBERS.iter().map(|(name, _)| *name).chain(TEXTS);
    if let Some((_, meant)) = HINTS.iter().find(|(hint, _)| *hint == word) {
        return format!("{unknown}: write `{meant}`");
    }
    if let Some(meant) = nearest(word, names.clone()) {
        return format!("{unknown}: did you mean `{meant}`?");
    }
    format!(
        "{unknown}: it takes {}; behind a text stand its digits and its zone, as in `datetime(6)`, `datetime+00:00` and `iso8601(0|3|6|9)Z`",
        quoted(names)
    )
}

fn wrong_digits(name: &str, digits: &str) -> String {
    format!(
        "`{digits}` says no number of digits behind the seconds: write `{name}(6)` where there are always six, `{name}(0|3|6|9)` or \
         `{name}(0..9)` where there are as many as are needed"
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{Digits, TimeForm};

    #[test]
    fn a_word_is_read_in_its_parts() {
        let python = Digits { least: 0, step: 6, most: 6 };
        let chrono = Digits { least: 0, step: 3, most: 9 };
        for (word, form) in [
            ("unix_millis", TimeForm::Unix(1_000)),
            ("julian", TimeForm::Julian),
            ("micros", TimeForm::Span(1_000_000)),
            ("datetime", TimeForm::DateTime { separator: ' ', zone: ' ', digits: python }),
            ("datetime(6)", TimeForm::DateTime { separator: ' ', zone: ' ', digits: Digits::of(6) }),
            ("datetime(0)+00:00", TimeForm::DateTime { separator: ' ', zone: '+', digits: Digits::of(0) }),
            ("iso8601(0|3|6|9)+00:00", TimeForm::DateTime { separator: 'T', zone: '+', digits: chrono }),
            ("iso8601Z", TimeForm::DateTime { separator: 'T', zone: 'Z', digits: Digits::of(3) }),
            (
                "iso8601(0..9)Z",
                TimeForm::DateTime { separator: 'T', zone: 'Z', digits: Digits { least: 0, step: 1, most: 9 } },
            ),
            ("time(1..9)", TimeForm::TimeOfDay(Digits { least: 1, step: 1, most: 9 })),
            ("time", TimeForm::TimeOfDay(python)),
        ] {
            assert_eq!(TimeForm::parse(word), Ok(form), "{word}");
        }
    }

    #[test]
    fn a_wrong_word_is_told_what_to_write() {
        let words = [
            "unix_second",
            "rfc3339",
            "swatch",
            "datetime(10)",
            "datetime(3|6|8)",
            "datetime(6",
            "timeZ",
            "datetime+02:00",
        ];
        let messages: Vec<_> = words.iter().filter_map(|word| TimeForm::parse(word).err()).collect();
        expect![[r#"
            `time` has no form `unix_second`: did you mean `unix_seconds`?
            `time` has no form `rfc3339`: write `iso8601+00:00` or `iso8601Z`
            `time` has no form `swatch`: it takes `unix_seconds`, `unix_millis`, `unix_micros`, `unix_nanos`, `julian`, `seconds`, `millis`, `micros`, `datetime`, `iso8601`, `time`; behind a text stand its digits and its zone, as in `datetime(6)`, `datetime+00:00` and `iso8601(0|3|6|9)Z`
            `10` says no number of digits behind the seconds: write `datetime(6)` where there are always six, `datetime(0|3|6|9)` or `datetime(0..9)` where there are as many as are needed
            `3|6|8` says no number of digits behind the seconds: write `datetime(6)` where there are always six, `datetime(0|3|6|9)` or `datetime(0..9)` where there are as many as are needed
            `time` has no form `datetime(6`: did you mean `datetime`?
            a time of day has no time zone: write `time`
            `time` has no form `datetime+02:00`: it takes `unix_seconds`, `unix_millis`, `unix_micros`, `unix_nanos`, `julian`, `seconds`, `millis`, `micros`, `datetime`, `iso8601`, `time`; behind a text stand its digits and its zone, as in `datetime(6)`, `datetime+00:00` and `iso8601(0|3|6|9)Z`"#]]
        .assert_eq(&messages.join("\n"));
    }
}
