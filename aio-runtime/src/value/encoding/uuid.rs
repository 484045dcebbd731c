//! UUIDs as text.

use super::{Encoding, Value};
use crate::value::text_form::push_hexadecimal;

/// The indexes of the bytes before which a hyphen is written.
const HYPHENS: [usize; 4] = [4, 6, 8, 10];

/// Converts a UUID to text.
pub(super) fn to_text(bytes: &[u8], hyphens: bool, upper: bool) -> String {
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if hyphens && HYPHENS.contains(&index) {
            text.push('-');
        }
        push_hexadecimal(&mut text, *byte, upper);
    }
    text
}

/// Parses a UUID in lower or upper case, with or without hyphens. Returns `None` if the text is
/// not a UUID.
pub(super) fn parse(text: &str) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    let mut rest = text.as_bytes();
    for (index, byte) in bytes.iter_mut().enumerate() {
        if text.len() == 36 && HYPHENS.contains(&index) {
            rest = rest.strip_prefix(b"-")?;
        }
        let ([high, low], after) = rest.split_first_chunk()?;
        let digit = |letter: u8| char::from(letter).to_digit(16);
        *byte = u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()?;
        rest = after;
    }
    rest.is_empty().then_some(bytes)
}

pub(super) fn value(bytes: [u8; 16]) -> Value {
    Value::Blob(bytes.to_vec())
}

/// Returns the encoding of a text that is a UUID, or `None` if it is not a UUID in one of the
/// encodings, for example with letters of both cases.
pub(super) fn form_of(text: &str) -> Option<Encoding> {
    let bytes = parse(text)?;
    let forms = [(true, false), (false, false), (true, true)];
    let (hyphens, upper) = forms.into_iter().find(|(hyphens, upper)| to_text(&bytes, *hyphens, *upper) == text)?;
    Some(Encoding::Uuid { hyphens, upper })
}
