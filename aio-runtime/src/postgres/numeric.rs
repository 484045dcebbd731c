//! The binary form of `numeric`: groups of four decimal digits
//! (<https://github.com/postgres/postgres/blob/master/src/backend/utils/adt/numeric.c>).

use bytes::{BufMut, BytesMut};

/// The value of a group of four digits is less than this.
const BASE: u128 = 10_000;

/// The digits of a group.
const DIGITS: u32 = 4;

const POSITIVE: u16 = 0x0000;
const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const NEGATIVE_INFINITY: u16 = 0xF000;

/// Appends the binary form of a decimal.
pub(super) fn encode(mantissa: i128, scale: u32, out: &mut BytesMut) {
    // The last group has zeros behind the last place, so that the groups begin at the point.
    let places = scale.div_ceil(DIGITS);
    let padding = places * DIGITS - scale;
    let mut groups = groups(mantissa.unsigned_abs(), padding);
    let integers = i32::try_from(groups.len()).unwrap_or(i32::MAX) - places.cast_signed();
    let weight = integers - 1;
    let leading = groups.iter().take_while(|group| **group == 0).count();
    groups.drain(..leading);
    while groups.last() == Some(&0) {
        groups.pop();
    }
    let weight = if groups.is_empty() { 0 } else { weight - i32::try_from(leading).unwrap_or(i32::MAX) };
    out.put_u16(u16::try_from(groups.len()).unwrap_or(u16::MAX));
    out.put_i16(i16::try_from(weight).unwrap_or(i16::MAX));
    out.put_u16(if mantissa < 0 { NEGATIVE } else { POSITIVE });
    out.put_u16(u16::try_from(scale).unwrap_or(u16::MAX));
    for group in groups {
        out.put_u16(group);
    }
}

/// Returns the groups of a number that is followed by `padding` zeros, the most significant first.
fn groups(number: u128, padding: u32) -> Vec<u16> {
    let mut groups = Vec::with_capacity(12);
    // The zeros are appended to the last group alone: with all of the number they might not fit
    // into 128 bits.
    let ten = |exponent| 10_u128.pow(exponent);
    let (mut rest, last) = match padding {
        0 => (number, None),
        padding => (number / ten(DIGITS - padding), Some(number % ten(DIGITS - padding) * ten(padding))),
    };
    let mut push = |group: u128| groups.push(u16::try_from(group).unwrap_or_default());
    if let Some(last) = last {
        push(last);
    }
    while rest > 0 {
        push(rest % BASE);
        rest /= BASE;
    }
    groups.reverse();
    groups
}

/// A `numeric` that was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Numeric {
    /// A number without zeros at the end of its places.
    Decimal { mantissa: i128, scale: u32 },
    /// What is no decimal of the library, as PostgreSQL writes it.
    Text(String),
}

/// Reads the binary form of a decimal. Returns `None` if it is not one.
pub(super) fn decode(bytes: &[u8]) -> Option<Numeric> {
    let (head, digits) = bytes.split_first_chunk::<8>()?;
    let word = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]);
    let (count, weight, sign, scale) = (word(0), word(2).cast_signed(), word(4), word(6));
    let groups: Vec<u16> = digits.as_chunks::<2>().0.iter().map(|group| u16::from_be_bytes(*group)).collect();
    if groups.len() != usize::from(count) {
        return None;
    }
    match sign {
        NAN => return Some(Numeric::Text("NaN".to_owned())),
        INFINITY => return Some(Numeric::Text("Infinity".to_owned())),
        NEGATIVE_INFINITY => return Some(Numeric::Text("-Infinity".to_owned())),
        POSITIVE | NEGATIVE => {}
        _ => return None,
    }
    let number = number(&groups, weight, sign == NEGATIVE);
    Some(number.unwrap_or_else(|| Numeric::Text(text(&groups, weight, sign == NEGATIVE, scale))))
}

/// Returns the number, or `None` if it has more digits than 128 bits can hold.
fn number(groups: &[u16], weight: i16, is_negative: bool) -> Option<Numeric> {
    // The groups behind the point; negative if zeros follow the groups before the point.
    let places = i32::try_from(groups.len()).ok()? - 1 - i32::from(weight);
    let mut mantissa = 0_i128;
    let mut scale = u32::try_from(places).unwrap_or(0) * DIGITS;
    for (place, group) in groups.iter().enumerate() {
        let (mut group, mut digits) = (i128::from(*group), DIGITS);
        // With the zeros at its end, a number that fits into 128 bits may not fit any more.
        while place + 1 == groups.len() && scale > 0 && digits > 0 && group % 10 == 0 {
            (group, digits, scale) = (group / 10, digits - 1, scale - 1);
        }
        let group = if is_negative { -group } else { group };
        mantissa = mantissa.checked_mul(10_i128.pow(digits))?.checked_add(group)?;
    }
    if places < 0 && mantissa != 0 {
        mantissa = mantissa.checked_mul(10_i128.checked_pow(places.unsigned_abs() * DIGITS)?)?;
    }
    Some(Numeric::Decimal { mantissa, scale })
}

fn text(groups: &[u16], weight: i16, is_negative: bool, scale: u16) -> String {
    let mut text = String::new();
    let group = |place: i32| usize::try_from(place).ok().and_then(|place| groups.get(place)).copied().unwrap_or(0);
    for place in 0..=i32::from(weight) {
        text.push_str(&format!("{:04}", group(place)));
    }
    let whole = text.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let mut places = String::new();
    let first = i32::from(weight) + 1;
    for place in first..first + i32::from(scale.div_ceil(4)) {
        places.push_str(&format!("{:04}", group(place)));
    }
    places.truncate(scale.into());
    let sign = if is_negative { "-" } else { "" };
    let point = if places.is_empty() { "" } else { "." };
    [sign, whole, point, &places].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(mantissa: i128, scale: u32) -> Option<Numeric> {
        let mut out = BytesMut::new();
        encode(mantissa, scale, &mut out);
        decode(&out)
    }

    #[test]
    fn a_decimal_is_read_as_it_was_written_without_zeros_at_its_end() {
        let same = [(0, 0), (1, 0), (-1, 0), (5, 1), (-12345, 2), (10_000, 0), (i128::MAX, 0), (i128::MIN, 0)];
        for (mantissa, scale) in same {
            assert_eq!(round_trip(mantissa, scale), Some(Numeric::Decimal { mantissa, scale }));
        }
        for scale in 1..=38 {
            for mantissa in [1, 9, 12_345_678_901, i128::MAX, i128::MIN + 1, -7] {
                assert_eq!(
                    round_trip(mantissa, scale),
                    Some(Numeric::Decimal { mantissa, scale }),
                    "{mantissa} {scale}"
                );
            }
        }
        assert_eq!(round_trip(1500, 3), Some(Numeric::Decimal { mantissa: 15, scale: 1 }));
        assert_eq!(round_trip(0, 5), Some(Numeric::Decimal { mantissa: 0, scale: 0 }));
    }

    #[test]
    fn what_is_no_decimal_is_read_as_its_text() {
        let number = |sign: u16| {
            let mut out = BytesMut::new();
            [0, 0, sign, 0].into_iter().for_each(|word| out.put_u16(word));
            decode(&out)
        };
        assert_eq!(number(NAN), Some(Numeric::Text("NaN".to_owned())));
        assert_eq!(number(INFINITY), Some(Numeric::Text("Infinity".to_owned())));
        assert_eq!(number(NEGATIVE_INFINITY), Some(Numeric::Text("-Infinity".to_owned())));
        // 10^40 + 0.5 has more digits than 128 bits hold.
        let mut out = BytesMut::new();
        [12, 10, POSITIVE, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5000].into_iter().for_each(|word| out.put_u16(word));
        let text = "10000000000000000000000000000000000000000.5";
        assert_eq!(decode(&out), Some(Numeric::Text(text.to_owned())));
        assert_eq!(decode(&[0, 1, 0, 0]), None);
    }
}
