//! The words of `time = "…"`. A word selects an encoding: a form in which other programs store
//! times.
//!
//! A word begins with the name of an encoding. For an encoding as text, the number of decimal
//! places of the seconds can follow in parentheses, and then the suffix that indicates UTC:
//! `datetime(6)`, `iso8601(0|3|6|9)+00:00`.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::name::{nearest, quoted};

/// An encoding that a word of `time = "…"` selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeForm {
    /// An integer: the time since the beginning of 1970. A second has this number of units.
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
    /// An integer: a span of time. A second has this number of units.
    Span(u32),
}

/// The decimal places of the seconds. The allowed numbers of places are `min`, `min + step` and so
/// on up to `max`. Of these, the smallest that shows the whole fraction is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digits {
    min: u8,
    step: u8,
    max: u8,
}

/// The words for the encodings that are numbers.
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

/// The first parts of the words for the encodings that are text.
const TEXTS: [&str; 3] = ["datetime", "iso8601", "time"];

/// Words that users may expect for these encodings, each with the word to write instead.
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
    /// Parses a word of `time = "…"`.
    ///
    /// # Errors
    /// A message that says what to write instead.
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
        // With `Z`, the default is the number of decimal places that JavaScript writes. Otherwise,
        // it is the number that Python and SQLite write.
        let default = if zone == 'Z' { Digits::of(3) } else { Digits { min: 0, step: 6, max: 6 } };
        let digits = digits.unwrap_or(default);
        match name {
            "time" if zone != ' ' => Err("a time of day has no time zone: write `time`".to_owned()),
            "time" => Ok(TimeForm::TimeOfDay(digits)),
            "datetime" => Ok(TimeForm::DateTime { separator: ' ', zone, digits }),
            _ => Ok(TimeForm::DateTime { separator: 'T', zone, digits }),
        }
    }

    /// Writes the runtime's type for the encoding.
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
                if zone == 'Z' && digits.min != digits.max {
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
        Digits { min: digits, step: 1, max: digits }
    }

    /// Parses `6`, `0|3|6|9` or `0..9`. Returns `None` if the text is anything else.
    fn parse(text: &str) -> Option<Digits> {
        let number = |text: &str| text.parse::<u8>().ok().filter(|digits| *digits <= 9);
        if let Some((min, max)) = text.split_once("..") {
            let (min, max) = (number(min)?, number(max)?);
            return (min < max).then_some(Digits { min, step: 1, max });
        }
        let numbers: Vec<u8> = text.split('|').map(number).collect::<Option<_>>()?;
        let (min, max) = (*numbers.first()?, *numbers.last()?);
        let step = numbers.get(1).map_or(Some(1), |next| next.checked_sub(min)).filter(|step| *step > 0)?;
        let is_regular = numbers.windows(2).all(|pair| pair[0] + step == pair[1]);
        is_regular.then_some(Digits { min, step, max })
    }

    fn arguments(self) -> TokenStream {
        let [min, step, max] = [self.min, self.step, self.max].map(Literal::u8_unsuffixed);
        quote!(#min, #step, #max)
    }
}

fn unknown(word: &str) -> String {
    let unknown = format!("`time` has no form `{word}`");
    let names = NUMBERS.iter().map(|(name, _)| *name).chain(TEXTS);
    if let Some((_, known)) = HINTS.iter().find(|(hint, _)| *hint == word) {
        return format!("{unknown}: write `{known}`");
    }
    if let Some(name) = nearest(word, names.clone()) {
        return format!("{unknown}: did you mean `{name}`?");
    }
    format!(
        "{unknown}: it takes {}; a form of text can be followed by its decimal places and its zone, as in `datetime(6)`, `datetime+00:00` and `iso8601(0|3|6|9)Z`",
        quoted(names)
    )
}

fn wrong_digits(name: &str, digits: &str) -> String {
    format!(
        "`{digits}` is not a number of decimal places: write `{name}(6)` if there are always six, `{name}(0|3|6|9)` or \
         `{name}(0..9)` if there are as many as are needed"
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{Digits, TimeForm};

    #[test]
    fn a_word_is_parsed_into_its_parts() {
        let python = Digits { min: 0, step: 6, max: 6 };
        let chrono = Digits { min: 0, step: 3, max: 9 };
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
                TimeForm::DateTime { separator: 'T', zone: 'Z', digits: Digits { min: 0, step: 1, max: 9 } },
            ),
            ("time(1..9)", TimeForm::TimeOfDay(Digits { min: 1, step: 1, max: 9 })),
            ("time", TimeForm::TimeOfDay(python)),
        ] {
            assert_eq!(TimeForm::parse(word), Ok(form), "{word}");
        }
    }

    #[test]
    fn the_error_of_an_unknown_word_says_what_to_write() {
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
            `time` has no form `swatch`: it takes `unix_seconds`, `unix_millis`, `unix_micros`, `unix_nanos`, `julian`, `seconds`, `millis`, `micros`, `datetime`, `iso8601`, `time`; a form of text can be followed by its decimal places and its zone, as in `datetime(6)`, `datetime+00:00` and `iso8601(0|3|6|9)Z`
            `10` is not a number of decimal places: write `datetime(6)` if there are always six, `datetime(0|3|6|9)` or `datetime(0..9)` if there are as many as are needed
            `3|6|8` is not a number of decimal places: write `datetime(6)` if there are always six, `datetime(0|3|6|9)` or `datetime(0..9)` if there are as many as are needed
            `time` has no form `datetime(6`: did you mean `datetime`?
            a time of day has no time zone: write `time`
            `time` has no form `datetime+02:00`: it takes `unix_seconds`, `unix_millis`, `unix_micros`, `unix_nanos`, `julian`, `seconds`, `millis`, `micros`, `datetime`, `iso8601`, `time`; a form of text can be followed by its decimal places and its zone, as in `datetime(6)`, `datetime+00:00` and `iso8601(0|3|6|9)Z`"#]]
        .assert_eq(&messages.join("\n"));
    }
}
